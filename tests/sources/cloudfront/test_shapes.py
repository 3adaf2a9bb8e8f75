"""Names that no header vouches for hold only where the values look like their fields."""

from __future__ import annotations

from typing import Any

import pytest

from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront.fields import V1_NAMES

V2_KEY = KeyFacts("object", layout="v2 plain path")
# What users of version 2 have chosen: as many fields as a vintage of version 1, date and time first.
CHOSEN_15 = (
    *("date", "time", "x-edge-request-id", "c-ip", "cs-method", "x-host-header", "cs-uri-stem", "cs-uri-query"),
    *("sc-status", "sc-bytes", "cs(User-Agent)", "cs(Cookie)", "x-edge-location", "time-taken", "cs-protocol"),
)
CHOSEN_12 = (
    *("date", "time", "c-ip", "cs-method", "x-edge-location", "cs-uri-stem", "cs(Cookie)", "sc-status", "sc-bytes"),
    *("x-edge-result-type", "cs(User-Agent)", "x-edge-request-id"),
)
REORDERED_33 = ("date", "time", "x-edge-request-id", *(name for name in V1_NAMES[2:] if name != "x-edge-request-id"))
# The first 24 as in version 1, then two of those that came last: the count of yet another vintage.
LEFT_OUT_26 = (*V1_NAMES[:24], "c-port", "time-to-first-byte")
LEFT_OUT_18 = (*V1_NAMES[:15], "cs-protocol", "cs-bytes", "time-taken")


def raw_lines(wire: Any, names: tuple[str, ...], count: int = 20) -> bytes:
    return b"".join(
        "\t".join({**wire.values, "cs-uri-stem": f"/{at}"}[name] for name in names).encode() + b"\n"
        for at in range(count)
    )


@pytest.mark.parametrize("names", [CHOSEN_12, CHOSEN_15, LEFT_OUT_18, LEFT_OUT_26, REORDERED_33], ids=len)
@pytest.mark.parametrize("count", [1, 20])
def test_a_chosen_selection_is_not_taken_for_a_vintage(names: tuple[str, ...], count: int, wire: Any) -> None:
    parsed = wire.parse(raw_lines(wire, names, count))
    assert parsed.rows.num_rows == 0
    assert parsed.rejects["reason"].to_pylist() == ["unknown_layout"] * count


def test_the_same_selection_is_read_where_the_user_names_it(wire: Any) -> None:
    parsed = wire.parse(raw_lines(wire, CHOSEN_15), SourceSettings(fields=CHOSEN_15))
    assert parsed.rows["client_ip"].to_pylist() == ["192.0.2.10"] * 20
    assert parsed.rows["request_id"].to_pylist() == [wire.values["x-edge-request-id"]] * 20


@pytest.mark.parametrize("count", [12, 15, 18, 19, 23, 24, 26, 33])
def test_version_2_never_wrote_the_old_vintages(count: int, wire: Any) -> None:
    text = raw_lines(wire, V1_NAMES[:count])
    assert wire.parse(text).rows.num_rows == 20
    assert wire.parse(text, None, V2_KEY).rows.num_rows == (20 if count == 33 else 0)


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("c_ip", b"192.0.2.x", True),
        ("c_ip", b"2001:db8::1", True),
        ("c_ip", b"-", True),
        ("c_ip", b"GET", False),
        ("sc_status", b"000", True),
        ("sc_status", b"-", True),
        ("sc_status", b"20", False),
        ("date", b"-", False),
        ("date", b"1793527200", False),
        ("time", b"10:00", False),
        ("x_edge_request_id", b"-", True),
        ("x_edge_request_id", b"www.example.com", False),
        ("x_edge_request_id", b"Hit", False),
        ("cs_protocol", b"120", False),
        ("sc_bytes", b"12x4", True),
    ],
)
@pytest.mark.parametrize("neighbours", [0, 20])
def test_one_misplaced_value_costs_its_row_alone(
    field: str, value: bytes, fits: bool, neighbours: int, wire: Any
) -> None:
    parsed = wire.parse(wire.line() * neighbours + wire.line(**{field: value}))
    assert parsed.rows.num_rows == neighbours + fits
    assert parsed.rejects["reason"].to_pylist() == ([] if fits else ["unknown_layout"])


def shifted(line: bytes, place: int) -> bytes:
    """A line with a delimiter too many before a field."""
    fields = line.split(b"\t")
    return b"\t".join([*fields[:place], b"", *fields[place:]])


@pytest.mark.parametrize("place", range(20))
def test_a_row_that_a_stray_delimiter_shifts_is_no_row(place: int, wire: Any) -> None:
    parsed = wire.parse(wire.header + wire.line() + shifted(wire.line(), place))
    assert parsed.rows["source_line"].to_pylist() == [3]
    assert parsed.rejects["reason"].to_pylist() == ["field_count_mismatch"]


def test_a_row_that_lacks_a_field_in_the_middle_is_no_row(wire: Any) -> None:
    parsed = wire.parse(wire.header + wire.line().replace(b"\tGET\t", b"\t"))
    assert parsed.rejects["reason"].to_pylist() == ["field_count_mismatch"]


def test_a_row_with_more_or_less_at_its_end_stays(wire: Any) -> None:
    line = wire.line()[:-1]
    parsed = wire.parse(wire.header + line + b"\tx\ty\n" + b"\t".join(line.split(b"\t")[:17]) + b"\n")
    assert parsed.rows["parse_flags"].to_pylist() == [["long_row"], ["short_row"]]
