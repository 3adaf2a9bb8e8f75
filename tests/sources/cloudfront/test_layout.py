"""Layouts are told from the object: header lines of every kind, counts, shapes; or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront.fields import V1_COUNTS, V1_NAMES, V2_DEFAULT_NAMES
from shared.sources.cloudfront.layout import of_bare_line

NAMES = ("date", "time", "c-ip", "sc-status", "x-new-field")
RECORD = ("2026-11-01", "10:00:00", "192.0.2.10", "200", "new")


def reasons(parsed: Any) -> list[str]:
    return parsed.rejects["reason"].to_pylist()


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="ascii", categories=("P", "S")), min_size=1, max_size=5))
def test_any_delimiter_is_found_from_a_bare_header(delimiter: str) -> None:
    if set(delimiter) & set("-_()."):
        delimiter = "|"
    layout = of_bare_line(delimiter.join(NAMES[:4]).encode(), SourceSettings())
    assert layout is not None
    assert (layout.names, layout.delimiter) == (NAMES[:4], delimiter.encode())


@pytest.mark.parametrize("delimiter", ["\t", " ", ",", ";", "|", ":|:", "~~"])
@pytest.mark.parametrize("header", ["", "#Fields: "])
def test_delimiters(delimiter: str, header: str, wire: Any) -> None:
    names = delimiter.join(NAMES) if not header or delimiter == "~~" else " ".join(NAMES)
    text = f"{header}{names}\n{delimiter.join(RECORD)}\n".encode()
    (row,) = wire.parse(text).rows.to_pylist()
    assert (row["client_ip"], row["status"], dict(row["extra"])) == ("192.0.2.10", 200, {"x-new-field": "new"})
    assert row["source_format"] == ("v2_w3c" if header else "v2_plain")


def test_delimiter_is_shown_by_a_later_record(wire: Any) -> None:
    text = b"#Fields: date time c-ip\nbroken\n2026-11-01;10:00:00;192.0.2.10\n"
    parsed = wire.parse(text)
    assert parsed.rows["client_ip"].to_pylist() == ["192.0.2.10"]
    assert reasons(parsed) == ["field_count_mismatch"]


def test_header_in_the_middle_changes_the_order(wire: Any) -> None:
    one = b"#Fields: date time c-ip\n2026-11-01\t10:00:00\t192.0.2.1\n"
    other = b"#Fields: c-ip time date\n192.0.2.2\t10:00:00\t2026-11-01\n"
    assert wire.parse(one + other).rows["client_ip"].to_pylist() == ["192.0.2.1", "192.0.2.2"]


def test_bare_header_in_the_middle(wire: Any) -> None:
    one = b"date\ttime\tc-ip\n2026-11-01\t10:00:00\t192.0.2.1\n"
    other = b"time\tdate\tc-ip\n10:00:00\t2026-11-01\t192.0.2.2\n"
    parsed = wire.parse(one + other + one)
    assert parsed.rows["client_ip"].to_pylist() == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]
    assert parsed.ignored == {"header": 3}


def test_no_line_of_a_bare_header_is_lost_where_a_url_has_names(wire: Any) -> None:
    line = wire.line(cs_uri_stem=b"/date/time/asn/c-ip/sc-bytes/x")
    assert wire.parse(line * 2).rows.num_rows == 2


@pytest.mark.parametrize("count", range(1, 40))
def test_headerless_by_count(count: int, wire: Any) -> None:
    fields = (wire.line()[:-1].split(b"\t") + [b"x"] * 7)[:count]
    parsed = wire.parse(b"\t".join(fields) + b"\n")
    if count in V1_COUNTS:
        assert parsed.rows["client_ip"].to_pylist() == ["192.0.2.10"]
    else:
        assert reasons(parsed) == ["too_few_fields" if count < 12 else "unknown_layout"]


@pytest.mark.parametrize(
    ("last", "column", "value"),
    [
        ((b"DE", b"*"), "country", "DE"),
        ((b"-", b"/api/*"), "path_pattern", "/api/*"),
        ((b"dt_EXAMPLE", b"-"), "distribution_tenant_id", "dt_EXAMPLE"),
        ((b"-", b"conn-EXAMPLE"), "connection_id", "conn-EXAMPLE"),
        ((b"-", b"-"), "country", None),
    ],
)
def test_headerless_35_by_shape(last: tuple[bytes, bytes], column: str, value: str | None, wire: Any) -> None:
    (row,) = wire.parse(b"\t".join((wire.line()[:-1], *last))).rows.to_pylist()
    assert row[column] == value
    assert row["source_format"] == "v2_raw"


def test_headerless_trailing_tab_is_33(wire: Any) -> None:
    (row,) = wire.parse(wire.line()[:-1] + b"\t\n").rows.to_pylist()
    assert row["parse_flags"] is None


def test_configured_fields_of_raw(wire: Any) -> None:
    known = SourceSettings(fields=("sc-status", "date", "time"), delimiter="|")
    parsed = wire.parse(b"200|2026-11-01|10:00:00\n404|2026-11-01|10:00:00|more\n", known)
    assert parsed.rows["status"].to_pylist() == [200]
    assert parsed.rows["source_format"].to_pylist() == ["v2_raw"]
    assert reasons(parsed) == ["field_count_mismatch"]


def test_two_fields_are_enough_where_the_user_says_so(wire: Any) -> None:
    text = b"#Fields: timestamp sc-status\n1793527200\t200\n"
    assert reasons(wire.parse(text)) == ["wrong_schema"]
    assert wire.parse(text, SourceSettings(fields=("timestamp", "sc-status"))).rows["status"].to_pylist() == [200]


def test_other_families_are_routed_away(wire: Any) -> None:
    connection = b"eventTimestamp\tconnectionId\tclientIp\n1793527200123\tconn-EXAMPLE\t192.0.2.10\n"
    assert reasons(wire.parse(connection)) == ["wrong_family"]
    assert reasons(wire.parse(b"#Fields: " + connection)) == ["wrong_family"]
    assert reasons(wire.parse(b"#Fields: date time x-event\n2014-05-01\t10:00:00\tplay\n")) == ["unsupported_dataset"]
    assert reasons(wire.parse(b"#Fields: s-ip cs-foo\na\tb\n")) == ["wrong_schema"]


def test_key_tells_version_2_where_the_header_cannot(wire: Any) -> None:
    text = b"#Version: 1.0\n#Fields: " + " ".join(V1_NAMES).encode() + b"\n" + wire.line()
    for layout, source_format in (("v1", "v1"), (None, "v1"), ("v2 hive path", "v2_w3c")):
        parsed = wire.parse(text, None, KeyFacts("object", layout=layout))
        assert parsed.rows["source_format"].to_pylist() == [source_format]


def test_default_selection_in_a_header_is_version_2(wire: Any) -> None:
    text = b"#Version: 1.0\n#Fields: " + " ".join(V2_DEFAULT_NAMES).encode() + b"\n" + wire.line()[:-1] + b"\tDE\t*\n"
    assert wire.parse(text).rows.select(["source_format", "country"]).to_pylist() == [
        {"source_format": "v2_w3c", "country": "DE"}
    ]
