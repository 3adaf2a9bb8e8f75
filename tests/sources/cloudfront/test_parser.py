"""Promises of the parser that hold for any bytes: nothing is lost, nothing raises, and a line's row is its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.reasons import BadReason, RowFlag
from shared.sources.base import REJECT_SCHEMA, KeyFacts, Parsed, SourceSettings
from shared.sources.cloudfront import PARSED_SCHEMA, SOURCE
from shared.sources.cloudfront.fields import FIELDS, V1_NAMES, WIRE_NAMES, mangled

FACTS = KeyFacts("object")
IDENTIFIERS = [mangled(name).replace("-", "_") for name in V1_NAMES]
HEADER = b"#Version: 1.0\n#Fields: " + " ".join(V1_NAMES).encode() + b"\n"
ODD_BYTES = st.binary(max_size=12).map(lambda value: value.replace(b"\n", b""))
ODD_VALUES = ODD_BYTES | st.sampled_from(
    [b"-", b"", b" - ", b" 5", b"0x1F", b"12x4", b"a\0b", b"a\rb", b"\xff\xfe", b"#/frag", b'"', b"%", b"%zz%41%2541"]
)
ODD_LINES = st.one_of(
    ODD_BYTES,
    st.sampled_from(
        [
            b"",
            b"   ",
            b"\t" * 32,
            b"# note",
            HEADER.splitlines()[1],
            b"#Fields: date time c-ip",
            "\t".join(V1_NAMES).encode(),
            "\t".join(reversed(V1_NAMES)).encode(),
            b"date,time,sc-status",
            b"no log %% \x01 line",
            b"\xef\xbb\xbf",
            b'{"date":"2026-11-01"}',
            b"\r",
        ]
    ),
)


def lines_of(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


def accounted(parsed: Parsed) -> int:
    """Lines that became something; joined JSON objects are several records of one line."""
    records = parsed.rows["source_line"].to_pylist() + parsed.rejects["source_line"].to_pylist()
    return len(set(records)) + sum(parsed.ignored.values())


def well_formed(parsed: Parsed) -> bool:
    parsed.rows.validate(full=True)
    parsed.rejects.validate(full=True)
    return parsed.rows.schema == PARSED_SCHEMA and parsed.rejects.schema == REJECT_SCHEMA


def own(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what tells its place in the object."""
    key = row["record_key"] and row["record_key"].split("-")[0]
    return {**row, "source_line": None, "record_key": key}


@st.composite
def v1_lines(draw: st.DrawFn, wire: Any) -> bytes:
    """A good line with a few odd values, cut or prolonged now and then."""
    changes = draw(st.dictionaries(st.sampled_from(IDENTIFIERS), ODD_VALUES, max_size=3))
    fields = wire.line(**changes).removesuffix(b"\n").split(b"\t")
    fields = fields[: draw(st.sampled_from([33, 33, 33, 31, 17, 11]))] + draw(
        st.sampled_from([[], [], [b""], [b"x", b"-"]])
    )
    return b"\t".join(fields)


@settings(max_examples=80, deadline=None)
@given(text=st.binary(max_size=300) | st.lists(ODD_LINES, max_size=8).map(b"\n".join))
def test_any_bytes_are_accounted_for(text: bytes, wire: Any) -> None:
    parsed = wire.parse(text)
    assert accounted(parsed) == lines_of(text)
    assert well_formed(parsed)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_odd_lines_in_an_object_are_accounted_for(data: st.DataObject, wire: Any) -> None:
    lines = data.draw(st.lists(v1_lines(wire) | ODD_LINES, max_size=12))
    text = HEADER + b"\n".join(lines)
    cut = text.find(b"\n", data.draw(st.integers(0, len(text)))) + 1
    parser = SOURCE.new_parser(FACTS, SourceSettings())
    pieces = [parser.parse_text(piece) for piece in (text[:cut], text[cut:])]
    assert sum(accounted(piece) for piece in pieces) == lines_of(text)
    assert all(well_formed(piece) for piece in pieces)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_line_gives_the_same_row_alone_and_among_others(data: st.DataObject, wire: Any) -> None:
    line = data.draw(v1_lines(wire))
    # A neighbour that is a header changes the layout of what follows, rightly.
    before = data.draw(st.lists(v1_lines(wire).filter(lambda each: not each.startswith(b"#F")), max_size=20))
    odd = data.draw(st.sampled_from([[], [b"a\0b"], [b"x\ry"], [b""], [b"# note"], [b"\t\t"]]))
    alone = wire.parse(HEADER + line + b"\n")
    among = wire.parse(HEADER + b"\n".join([*before, *odd, line, b""]))
    number = 3 + len(before) + len(odd)
    rows = [row for row in among.rows.to_pylist() if row["source_line"] == number]
    assert [own(row) for row in rows] == [own(row) for row in alone.rows.to_pylist()]
    rejects = [reject["reason"] for reject in among.rejects.to_pylist() if reject["source_line"] == number]
    assert rejects == alone.rejects["reason"].to_pylist()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_pieces_give_the_rows_of_the_whole(data: st.DataObject, wire: Any) -> None:
    text = HEADER + b"".join(line + b"\n" for line in data.draw(st.lists(v1_lines(wire), min_size=1, max_size=8)))
    parser = SOURCE.new_parser(FACTS, SourceSettings())
    rows = [row for line in text.splitlines(keepends=True) for row in parser.parse_text(line).rows.to_pylist()]
    if b"\r" not in text and b"\0" not in text:
        assert rows == wire.parse(text).rows.to_pylist()


def test_lines_keep_their_numbers_and_order(wire: Any) -> None:
    good = wire.line()
    text = HEADER + good + b"\n# note\n" + wire.line(date=b"2026-13-45") + good.replace(b"\t-\t-\n", b"\n") + good
    parsed = wire.parse(text)
    assert parsed.rows["source_line"].to_pylist() == [3, 7, 8]
    assert parsed.rejects["source_line"].to_pylist() == [6]
    assert parsed.ignored == {"header": 2, "blank": 1, "comment": 1}


MALFORMED = {
    "short": ({}, lambda line: b"\t".join(line.split(b"\t")[:17]) + b"\n", RowFlag.SHORT_ROW),
    "long": ({}, lambda line: line[:-1] + b"\tx\ty\n", RowFlag.LONG_ROW),
    "empty": ({}, lambda _: b"\n", None),
    "garbage": ({}, lambda _: b"no log %% \x01 line\n", BadReason.TOO_FEW_FIELDS),
    "badnum": ({"sc_bytes": b"12x4"}, None, RowFlag.BAD_NUMBER),
    "baddate": ({"date": b"2026-13-45"}, None, BadReason.BAD_TIMESTAMP),
    "badtime": ({"time": b"25:61:61"}, None, BadReason.BAD_TIMESTAMP),
    "badutf8": ({"cs_User_Agent": b"Player\xff\xfe"}, None, RowFlag.INVALID_UTF8),
    "quote": ({"cs_User_Agent": b'"Player'}, None, None),
    "nul": ({"cs_uri_query": b"a\0b"}, None, None),
    "nul in the last field": ({"sc_range_end": b"1\0"}, None, RowFlag.BAD_NUMBER),
    "return": ({"cs_uri_query": b"a\rb"}, None, None),
    "hashmid": ({"cs_uri_stem": b"#/frag"}, None, None),
    "bad address": ({"c_ip": b"192.0.2.x"}, None, RowFlag.BAD_IP),
    "too long": ({"cs_uri_query": b"q" * (1 << 20)}, None, BadReason.LINE_TOO_LONG),
}


@pytest.mark.parametrize("kind", MALFORMED)
@pytest.mark.parametrize("place", [0, 20, 40])
def test_malformed_line_leaves_its_neighbours_alone(kind: str, place: int, wire: Any) -> None:
    changes, change, outcome = MALFORMED[kind]
    line = wire.line(**changes)
    lines = [wire.line(sc_bytes=str(at).encode()) for at in range(40)]
    lines.insert(place, change(line) if change else line)
    parsed = wire.parse(HEADER + b"".join(lines))
    rows = parsed.rows.to_pylist()
    neighbours = [row["bytes_sent"] for row in rows if row["source_line"] != place + 3]
    assert neighbours == list(range(40))
    (odd,) = [row for row in rows if row["source_line"] == place + 3] or [None]
    if isinstance(outcome, BadReason):
        assert parsed.rejects["reason"].to_pylist() == [outcome]
        assert parsed.rejects["source_line"].to_pylist() == [place + 3]
    elif kind == "empty":
        assert parsed.ignored == {"header": 2, "blank": 1}
    else:
        assert odd is not None
        assert odd["parse_flags"] == ([outcome] if outcome else None)


def test_values_of_odd_bytes(wire: Any) -> None:
    assert wire.row(cs_uri_query=b"a\0b")["query"] == "a\0b"
    assert wire.row(cs_uri_query=b"a\rb")["query"] == "a\rb"
    assert wire.row(cs_User_Agent=b"Player\xff\xfe")["user_agent"] == "Player��"
    assert wire.row(cs_uri_stem=b"#/frag")["path"] == "#/frag"
    assert wire.row(sc_bytes=b" 5")["bytes_sent"] == 5
    assert wire.row(cs_uri_query=b" - ")["query"] is None
    assert wire.row(sc_status=b"000")["is_aborted"] is True
    assert wire.row(sc_status=b"-")["is_aborted"] is None


def test_values_beyond_the_names(wire: Any) -> None:
    (row,) = wire.rows(wire.line()[:-1] + b"\tx\t-\ty\n")
    assert dict(row["extra"]) == {"field_34": "x", "field_36": "y"}
    assert row["parse_flags"] == ["long_row"]


def test_record_key_counts_copies_across_pieces(wire: Any) -> None:
    line = wire.line(x_edge_request_id=b"-")
    parser = SOURCE.new_parser(FACTS, SourceSettings())
    keys = [
        key for piece in (HEADER + line, line + line) for key in parser.parse_text(piece).rows["record_key"].to_pylist()
    ]
    assert [key.split("-")[1] for key in keys] == ["1", "2", "3"]
    assert len({key.split("-")[0] for key in keys}) == 1
    assert wire.row()["record_key"] is None


def test_distribution_by_row_then_key_then_domain(wire: Any) -> None:
    settings_of_user = SourceSettings(resources={"d111111abcdef8.cloudfront.net": "EBYDOMAIN0000"})
    text = HEADER + wire.line()
    by_key = KeyFacts("object", resource_id="EBYKEY0000000")
    assert wire.parse(text).rows["distribution_id"].to_pylist() == [None]
    assert wire.parse(text, settings_of_user).rows["distribution_id"].to_pylist() == ["EBYDOMAIN0000"]
    assert wire.parse(text, settings_of_user, by_key).rows["distribution_id"].to_pylist() == ["EBYKEY0000000"]
    rows = b'{"date":"2026-11-01","time":"10:00:00","DistributionId":%s}\n'
    parsed = wire.parse(rows % b'"EBYROW0000000"' + rows % b'"-"', settings_of_user, by_key)
    assert parsed.rows["distribution_id"].to_pylist() == ["EBYROW0000000", "EBYKEY0000000"]


def test_cookie_does_not_reach_quarantine(wire: Any) -> None:
    late = wire.line(date=b"-", cs_Cookie=b"session=hidden")
    few = b"\t".join(late.split(b"\t")[:14]) + b"\n"
    for text in (HEADER + late, late, HEADER + few, few, HEADER + b"\0" + late):
        rejects = wire.parse(text).rejects
        assert rejects.num_rows == 1
        assert "hidden" not in rejects["raw_text"][0].as_py()
        assert "/video/a.m4s" in rejects["raw_text"][0].as_py()


def test_equal_texts_have_equal_codes(wire: Any) -> None:
    agents = [b"A%20B", b"A B", b"A%2520B", b"-"]
    text = HEADER + b"".join(wire.line(cs_User_Agent=agent) for agent in agents)
    column = wire.parse(text).rows["user_agent"].combine_chunks()
    assert column.to_pylist() == ["A B", "A B", "A B", None]
    assert column.dictionary.to_pylist() == ["A B"]


def test_after_a_gap_the_layout_is_told_anew(wire: Any) -> None:
    parser = SOURCE.new_parser(FACTS, SourceSettings())
    reordered = b"#Fields: time date c-ip\n10:00:00\t2026-11-01\t192.0.2.1\n"
    assert parser.parse_text(reordered).rows["client_ip"].to_pylist() == ["192.0.2.1"]
    parser.forget_layout()
    after = parser.parse_text(wire.line() + b"10:00:00\t2026-11-01\t192.0.2.1\n")
    assert after.rows["client_ip"].to_pylist() == ["192.0.2.10"]
    assert after.rows["source_line"].to_pylist() == [3]
    assert after.rejects["reason"].to_pylist() == ["too_few_fields"]


def test_a_byte_order_mark_is_no_part_of_the_header(wire: Any) -> None:
    assert wire.parse(b"\xef\xbb\xbf" + HEADER + wire.line()).rows.num_rows == 1


def test_fields_are_declared_once_and_fit_the_table() -> None:
    assert len(WIRE_NAMES) == len(FIELDS)
    columns = Counter(field.column for field in FIELDS if field.column)
    assert set(columns.values()) == {1}
    assert set(columns) <= set(PARSED_SCHEMA.names)
    few = {field.name for field in PARSED_SCHEMA if pa.types.is_dictionary(field.type)}
    assert {field.column for field in FIELDS if field.column in few and not field.repeats} == set()
