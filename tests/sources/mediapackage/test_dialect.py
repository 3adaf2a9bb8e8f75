"""Delimited text: w3c, plain with a line of names, plain without one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.mediapackage import MediapackageParser

NAMES = ("event_timestamp", "client_ip", "status_code", "request_uri_base", "manifest_type", "new_field")
VALUES = ("1772366400123", "192.0.2.50", "200", "https://h.example.com:443/out/v1/g/c/e/a.m3u8", "HLS", "x")

FIELDS = st.sampled_from(
    [b"1772366400", b"/out/v1/a?b", b"-", b"", b" - ", b"2026-03-01T12:00:00Z", b"a\0b", b"a\rb", b"\xff", b'"', b"x"]
)
ODD = (
    b"",
    b"   ",
    b"#Fields: request event_timestamp",
    b"# note",
    b"status_code|event_timestamp|request",
    b"{}",
    b"\r",
)


def reasons(parsed: Any) -> list[str]:
    return list(parsed.rejects["reason"].to_pylist())


@pytest.mark.parametrize("delimiter", ["\t", " ", ",", "|", ":|:", "~~"])
@pytest.mark.parametrize("header", ["", "#Fields: "])
def test_delimiters(delimiter: str, header: str, wire: Any) -> None:
    names = delimiter.join(NAMES) if not header or delimiter == "~~" else " ".join(NAMES)
    text = f"{header}{names}\n{delimiter.join(VALUES)}\n".encode()
    (row,) = wire.parse(text).rows.to_pylist()
    assert (row["client_ip"], row["status"], dict(row["extra"])) == ("192.0.2.50", 200, {"new_field": "x"})
    assert (row["source_format"], row["manifest_type"]) == ("v2_w3c" if header else "v2_plain", "HLS")


def test_text_gives_the_row_of_json(wire: Any) -> None:
    names = [name for name in wire.v2 if name != "user_agent"]
    text = " ".join(names) + "\n" + " ".join(str(wire.v2[name]) for name in names) + "\n"
    (row,) = wire.parse(text.encode()).rows.to_pylist()
    own = {"source_format": None, "source_line": None}
    assert {**row, **own} == {**wire.row(wire.v2, "user_agent"), **own}


def test_a_hyphen_in_a_chosen_field_is_an_empty_value(wire: Any) -> None:
    lines = b"h.example.com\t1772366400\t/in/v1/x/1/c/a.m3u8\t-\n" * 2
    rows = wire.parse(b"#Fields: domain_name event_timestamp request manifest_type\n" + lines).rows
    assert rows["direction"].to_pylist() == ["egress", "egress"]
    assert rows["manifest_type"].to_pylist() == [None, None]


def test_the_count_of_fields_must_be_that_of_the_names(wire: Any) -> None:
    header = "#Fields: " + " ".join(NAMES) + "\n"
    good = "\t".join(VALUES) + "\n"
    short, long = "\t".join(VALUES[:4]) + "\n", "\t".join([*VALUES, "y"]) + "\n"
    parsed = wire.parse((header + good + short + long).encode())
    assert parsed.rows["source_line"].to_pylist() == [2]
    assert reasons(parsed) == ["field_count_mismatch"] * 2


def test_without_names_nothing_is_guessed(wire: Any) -> None:
    line = ("\t".join(VALUES) + "\n").encode()
    assert reasons(wire.parse(line)) == ["unknown_layout"]
    assert wire.parse(line, SourceSettings(fields=NAMES)).rows["status"].to_pylist() == [200]
    assert reasons(wire.parse(line, SourceSettings(fields=("a", "b")))) == ["wrong_schema"]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.lists(FIELDS, min_size=2, max_size=4).map(b"\t".join) | st.sampled_from(ODD), max_size=24))
def test_any_lines_below_a_header_are_accounted_for(lines: list[bytes], wire: Any) -> None:
    text = b"#Fields: event_timestamp request user_agent\n" + b"".join(line + b"\n" for line in lines)
    parsed = wire.parse(text)
    assert parsed.records + sum(parsed.ignored.values()) == 1 + len(lines)
    for number, line in enumerate(lines, 2):
        rows = [row for row in parsed.rows.to_pylist() if row["source_line"] == number]
        if rows and not any(each in ODD for each in lines):
            alone = wire.parse(text.partition(b"\n")[0] + b"\n" + line + b"\n").rows.to_pylist()
            own = {"source_line": None, "record_key": None}
            assert [{**row, **own} for row in rows] == [{**row, **own} for row in alone]


def test_header_in_the_middle_changes_the_order(wire: Any) -> None:
    one = b"#Fields: event_timestamp status_code request\n1772366400\t200\t/out/v1/a\n"
    other = b"status_code|event_timestamp|request\n404|1772366401|/out/v1/a\n"
    parsed = wire.parse(b"#Version: 1.0\n" + one + other + one)
    assert parsed.rows["status"].to_pylist() == [200, 404, 200]
    assert parsed.ignored == {"header": 4}


def test_after_a_gap_the_layout_is_told_anew() -> None:
    parser = MediapackageParser(KeyFacts("object"), SourceSettings())
    assert parser.parse_text(b"#Fields: event_timestamp request\n1772366400\t/out/v1/a\n").rows.num_rows == 1
    parser.forget_layout()
    assert reasons(parser.parse_text(b"1772366400\t/out/v1/a\n")) == ["unknown_layout"]
