"""What wrappings say of records: a time where they have none, an identity, a log group."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from shared.raw.records import Origin, Route
from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.mediapackage import MediapackageParser


def test_the_log_event_gives_a_time_where_the_record_has_none(wire: Any) -> None:
    without = wire.line(wire.v1, "timestamp")
    found = wire.records(
        (without, Origin(Route.ENVELOPE, event_id="1", logged_ms=1772366499001)),
        (without, Origin(Route.EXPORT, logged_ms=1772366499002)),
        (wire.line(wire.v1), Origin(Route.ENVELOPE, event_id="2", logged_ms=1772366499003)),
        (without, Origin()),
    )
    rows = MediapackageParser(KeyFacts("object"), SourceSettings()).parse_records(found).rows
    assert rows["time_source"].to_pylist() == ["envelope", "export", "timestamp", "request_id"]
    times = [1772366499001, 1772366499002, 1772366400293, 1772366400000]
    assert rows["event_time"].cast(pa.int64()).to_pylist() == times


def test_group_and_event_stay_with_their_records(wire: Any) -> None:
    group = "/aws/MediaPackage/IngressAccessLogs"
    found = wire.records(
        (b"no record", Origin(Route.ENVELOPE, group, "s", "10")),
        (wire.line(wire.v1, "timestamp", requestId="-"), Origin(Route.ENVELOPE, group, "s", "11")),
        (wire.line(wire.v1, "requestId"), Origin(Route.ENVELOPE, group, "s", "12")),
        (wire.line(wire.v1, "requestId"), Origin()),
        (wire.line(wire.v1, "requestId"), Origin()),
        (wire.line(wire.v1), Origin(Route.ENVELOPE, group, "s", "15")),
    )
    parser = MediapackageParser(KeyFacts("object"), SourceSettings())
    for _ in range(2):
        parsed = parser.parse_records(found)
        assert parsed.rejects["source_line"].to_pylist() == [1, 2]
        assert parsed.rows["source_line"].to_pylist() == [3, 4, 5, 6]
        assert parsed.rows["log_event_id"].to_pylist() == ["12", None, None, "15"]
        assert parsed.rows["log_group"].to_pylist() == [group, None, None, group]
        keys = parsed.rows["record_key"].to_pylist()
        assert (keys[0], keys[3]) == ("12", None)
        assert keys[1].split("-")[0] == keys[2].split("-")[0]
    assert [key.split("-")[1] for key in keys[1:3]] == ["3", "4"]


def test_lines_of_text_out_of_an_envelope(wire: Any) -> None:
    line = b"2026-03-01T12:00:00Z|GET|https://h.example.com:443/in/v1/g/1/c/a_1.ts"
    selected = SourceSettings(fields=("timestamp", "method", "request"), delimiter="|")
    parser = MediapackageParser(KeyFacts("object"), selected)
    rows = parser.parse_records(wire.records((line, Origin(Route.ENVELOPE, event_id="7")))).rows.to_pylist()
    assert [(row["direction"], row["record_key"], row["source_format"]) for row in rows] == [
        ("ingress", "7", "v2_plain")
    ]


@pytest.mark.parametrize("foreign", [b"what is this", b"a\t" * 12, b"#Fields: of another log", b"]"])
@pytest.mark.parametrize("around", [b"%s", b" %s", b"{ %s"])
def test_messages_of_other_logs_cost_only_themselves(wire: Any, foreign: bytes, around: bytes) -> None:
    """Wherever they stand, and however the records after them are written."""
    record = around % wire.line(wire.v1)[around.startswith(b"{") :]
    ours = [(record, Origin(Route.ENVELOPE, "group", event_id=str(number))) for number in (2, 3)]
    others = [(foreign, Origin(Route.ENVELOPE, "other", event_id=str(number))) for number in (1, 4)]
    for pieces in ([[others[0], *ours, others[1]]], [[others[0]], ours, [others[1]]]):
        parser = MediapackageParser(KeyFacts("object"), SourceSettings())
        parsed = [parser.parse_records(wire.records(*piece)) for piece in pieces]
        rows = [row for each in parsed for row in each.rows.to_pylist()]
        assert [(row["log_group"], row["log_event_id"]) for row in rows] == [("group", "2"), ("group", "3")]
        assert sum(each.rejects.num_rows + sum(each.ignored.values()) for each in parsed) == 2


def test_json_and_lines_may_stand_side_by_side(wire: Any) -> None:
    line = b"2026-03-01T12:00:00Z|GET|https://h.example.com:443/in/v1/g/1/c/a_1.ts"
    found = wire.records(
        (line, Origin(Route.ENVELOPE, event_id="7")),
        (wire.line(wire.v2), Origin(Route.ENVELOPE, event_id="8")),
        (b"neither", Origin(Route.ENVELOPE, event_id="9")),
        (line, Origin(Route.ENVELOPE, event_id="10")),
    )
    selected = SourceSettings(fields=("timestamp", "method", "request"), delimiter="|")
    parsed = MediapackageParser(KeyFacts("object"), selected).parse_records(found)
    assert [(row["source_line"], row["log_event_id"], row["source_format"]) for row in parsed.rows.to_pylist()] == [
        (1, "7", "v2_plain"),
        (2, "8", "v2_json"),
        (4, "10", "v2_plain"),
    ]
    assert parsed.rejects["source_line"].to_pylist() == [3]


def test_after_records_text_has_no_origin(wire: Any) -> None:
    parser = MediapackageParser(KeyFacts("object"), SourceSettings())
    parser.parse_records(wire.records((wire.line(wire.v1), Origin(Route.ENVELOPE, "group", event_id="1"))))
    (row,) = parser.parse_text(wire.line(wire.v1)).rows.to_pylist()
    assert (row["log_group"], row["log_event_id"], row["source_line"]) == (None, None, 2)
