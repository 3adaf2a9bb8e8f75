"""Promises of the parser that hold for any records: nothing is lost, nothing raises, and a record's row is its own."""

from __future__ import annotations

import json
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.base import REJECT_SCHEMA, KeyFacts, Parsed, SourceSettings
from shared.sources.mediapackage import PARSED_SCHEMA, MediapackageParser
from shared.sources.mediapackage.fields import BY_WIRE

NAMES = [*BY_WIRE, "newField2027", "requesttype"]
SCALARS = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=True),
    st.sampled_from(["-", "", " - ", "0x1F", "5e-05", "é%zz", "\ud800", "a\0b", '"q"', ":5,", "1772366400123", -3]),
    st.sampled_from(["/out/v1/a/b/index.m3u8?a", "https://h:443/in/v1/x", "http://", "?", "https://[::1]/a", "//"]),
    st.sampled_from(["2026-03-01T12:00:00Z", "2026-02-30T12:00:00.5Z", "2026-03-01 12:00:00", 1772366418.5, 10**18]),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=2), SCALARS, max_size=2)
CHANGES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
ODD = (b"", b"  ", b"[1]", b'"text"', b"null", b"{", b'{"a":1}', b'{"account":NaN}', b"\xff", b"{}" * 3, b"#")


def own(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what tells its place in the object."""
    key = row["record_key"] and row["record_key"].split("-")[0]
    return {**row, "source_line": None, "record_key": key}


def well_formed(parsed: Parsed) -> bool:
    parsed.rows.validate(full=True)
    parsed.rejects.validate(full=True)
    never_null = ("direction", "event_time", "time_source", "log_version", "workflow", "status_class", "request_class")
    assert all(parsed.rows[name].null_count == 0 for name in never_null)
    for column in parsed.rows.combine_chunks().columns:
        if pa.types.is_dictionary(column.type) and column.num_chunks:
            distinct = column.chunk(0).dictionary.to_pylist()  # equal texts have equal codes
            assert len(set(distinct) - {None}) == len(distinct)
    return parsed.rows.schema == PARSED_SCHEMA and parsed.rejects.schema == REJECT_SCHEMA


@settings(max_examples=100, deadline=None)
@given(record=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=6))
def test_any_json_object_is_a_row_or_a_reject(record: dict[str, Any], wire: Any) -> None:
    parsed = wire.parse(wire.line(record))
    assert parsed.records == 1
    assert well_formed(parsed)


@settings(max_examples=60, deadline=None)
@given(text=st.binary(max_size=200) | st.lists(st.sampled_from(ODD), max_size=6).map(b"\n".join))
def test_any_bytes_are_accounted_for(text: bytes, wire: Any) -> None:
    parsed = wire.parse(text)
    lines = text.count(b"\n") + (not text.endswith(b"\n") and bool(text))
    numbers = parsed.rows["source_line"].to_pylist() + parsed.rejects["source_line"].to_pylist()
    assert len(set(numbers)) + sum(parsed.ignored.values()) == lines
    assert well_formed(parsed)


@settings(max_examples=100, deadline=None)
@given(version=st.sampled_from(["v1", "v2"]), changes=CHANGES, odd=st.sampled_from(ODD))
def test_a_line_gives_the_same_row_on_the_fast_way_and_on_the_careful_one(
    version: str, changes: dict[str, Any], odd: bytes, wire: Any
) -> None:
    record = getattr(wire, version)
    alone = wire.parse(wire.line(record, **changes))
    among = wire.parse(wire.line(wire.v1) + odd + b"\n" + wire.line(record, **changes))
    rows = [row for row in among.rows.to_pylist() if row["source_line"] == 3]
    rejects = [each["reason"] for each in among.rejects.to_pylist() if each["source_line"] == 3]
    assert [own(row) for row in rows] == [own(row) for row in alone.rows.to_pylist()]
    assert rejects == alone.rejects["reason"].to_pylist()


@settings(max_examples=60, deadline=None)
@given(version=st.sampled_from(["v1", "v2"]), changes=CHANGES, seed=st.randoms(use_true_random=False))
def test_the_order_of_keys_and_their_case_do_not_matter(
    version: str, changes: dict[str, Any], seed: random.Random, wire: Any
) -> None:
    record = {**getattr(wire, version), **{name: value for name, value in changes.items() if name in BY_WIRE}}
    names = list(record)
    seed.shuffle(names)
    change_case = str.lower if version == "v1" else str.upper
    spelled = {change_case(name): record[name] for name in names}
    if len(spelled) < len(names):
        return  # two fields that only their case tells apart
    one, other = (wire.parse(wire.line(each)) for each in (record, spelled))
    identity = {"record_key", "source_line"}
    assert [{**row, **dict.fromkeys(identity)} for row in other.rows.to_pylist()] == [
        {**row, **dict.fromkeys(identity)} for row in one.rows.to_pylist()
    ]


@settings(max_examples=30, deadline=None)
@given(changes=st.lists(CHANGES, min_size=1, max_size=5), cut=st.integers(0, 5))
def test_pieces_give_the_rows_of_the_whole(changes: list[dict[str, Any]], cut: int, wire: Any) -> None:
    lines = [wire.line(wire.v1 if at % 2 else wire.v2, **each) for at, each in enumerate(changes)]
    parser = MediapackageParser(KeyFacts("object"), SourceSettings())
    pieces = [parser.parse_text(b"".join(part)) for part in (lines[:cut], lines[cut:])]
    rows = [row for piece in pieces for row in piece.rows.to_pylist()]
    assert rows == wire.parse(b"".join(lines)).rows.to_pylist()


def test_a_block_of_numbers_and_hyphens_keeps_its_order(wire: Any) -> None:
    statuses = [["-", 200, "404", 304][at % 4] for at in range(9000)]
    text = b"".join(wire.line(wire.v2, status_code=status) for status in statuses)
    parsed = wire.parse(text.replace(b'"304"', b'"304", "late_field": "x"'))
    assert parsed.rows["status"].to_pylist() == [None if each == "-" else int(each) for each in statuses]
    assert parsed.rows["source_line"].to_pylist() == list(range(1, 9001))


def test_a_field_of_some_lines_is_learned(wire: Any) -> None:
    lines = [wire.line(wire.v1, **({"newField": "x"} if at % 100 == 99 else {})) for at in range(9000)]
    extra = wire.parse(b"".join(lines)).rows["extra"].to_pylist()
    assert [at for at, each in enumerate(extra) if each] == list(range(99, 9000, 100))


def test_objects_joined_on_one_line_are_records_of_that_line(wire: Any) -> None:
    parsed = wire.parse(wire.line(wire.v1)[:-1] + wire.line(wire.v2))
    assert parsed.rows["log_version"].to_pylist() == ["v1", "v2"]
    assert parsed.rows["source_line"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b"[1,2]", "not_object"),
        (b"{'a'}", "not_json"),
        (b'{"hello":"world"}', "wrong_schema"),
        (b'{"timestamp":"2026-03-01T12:00:00Z","message":"x"}', "wrong_schema"),
        (b'{"timestamp":"never","request":"/out/v1/a"}', "bad_timestamp"),
        (b'{"timestamp":"1999-12-31T23:59:59Z","request":"/out/v1/a"}', "bad_timestamp"),
        (b'{"timestamp":"2026-03-01T12:00:00Z","request":"-","domainName":"-"}', "wrong_schema"),
        (b'{"account":"%s"}' % (b"x" * (1 << 20)), "line_too_long"),
    ],
)
def test_reasons(odd: bytes, reason: str, wire: Any) -> None:
    good = wire.line(wire.v1)
    for text in (good + odd + b"\n" + good, odd + b"\n" + good, good + odd):
        parsed = wire.parse(text)
        assert parsed.rejects["reason"].to_pylist() == [reason]
        assert parsed.rows.num_rows == text.count(good[:-1])


def test_faults_of_values_are_flagged(wire: Any) -> None:
    row = wire.row(wire.v1, sentBytes="many", statusCode="2xx", clientIp="192.0.2.0/24", newField="\ud800")
    assert row["parse_flags"] == ["bad_number", "bad_ip", "invalid_utf8"]
    assert (row["bytes_sent"], row["status"], row["status_class"]) == (None, None, "none")
    assert row["client_ip"] == "192.0.2.0/24"


def test_numbers_in_any_spelling(wire: Any) -> None:
    for received, sent in ((5, "6"), ("5", 6)):
        row = wire.row(wire.v1, receivedBytes=received, sentBytes=sent, processingTime="0.250", account="012345678910")
        assert (row["bytes_received"], row["bytes_sent"], row["time_to_first_byte_s"]) == (5, 6, 0.25)
        assert row["account_id"] == "012345678910"


def test_what_has_no_column_goes_to_extra(wire: Any) -> None:
    row = wire.row(wire.v1, new="x", number=1.50, nested={"a": [1, 2.5, None]}, flag=True, requestType="manifest")
    assert dict(row["extra"]) == {"new": "x", "number": "1.5", "nested": '{"a": [1, 2.5, null]}', "flag": "true"}


def test_fields_that_say_nothing_new_do_not(wire: Any) -> None:
    same = {"timestamp": "2026-03-01T12:00:00.123456Z", "log_type": "EGRESS_ACCESS_LOGS"}
    assert wire.row(wire.v2, **same)["extra"] is None
    other = {"timestamp": "2026-03-01T12:00:09Z", "log_type": "other", "resource_arn": "arn:odd"}
    assert dict(wire.row(wire.v2, **other)["extra"]) == other


def test_the_arn_of_a_channel_group_tells_what_is_left_out(wire: Any) -> None:
    row = wire.row(wire.v2, "channel_group_id", "account", "request_uri_base")
    assert (row["channel_group"], row["account_id"], row["extra"]) == ("group", "111122223333", None)
    both = wire.parse(wire.line(wire.v2, account="012345678910") + wire.line(wire.v2, account="-")).rows
    assert both["account_id"].to_pylist() == ["012345678910", "111122223333"]


def test_identity(wire: Any) -> None:
    rows = [
        wire.row(wire.v2),
        wire.row(wire.v2, "request_uri_base", request=f"{wire.v2['request_uri_base']}?a=1"),
        wire.row(wire.v2, request_query_params="a=2"),
        wire.row(wire.v2, request_query_params=""),
        wire.row(wire.v2, "request_uri_base", "request_query_params"),
    ]
    hashes = [row["request_hash"] for row in rows]
    assert hashes[0] == hashes[1]
    assert len({*hashes[1:4]}) == 3
    assert hashes[4] is None
    assert [row["record_key"] for row in rows] == [None] * 5


def test_quarantine_keeps_so_much_of_a_record(wire: Any) -> None:
    (text,) = wire.parse(wire.line(wire.v1, timestamp="-", requestId="-", userAgent="x" * 9000)).rejects["raw_text"]
    assert len(text.as_py()) == 8192
    assert json.loads(text.as_py().split(', "userAgent"')[0] + "}")["timestamp"] == "-"
