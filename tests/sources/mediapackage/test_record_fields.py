"""Fields by name: in any spelling, renamed, doubled."""

from __future__ import annotations

from typing import Any


def test_a_field_in_two_spellings_keeps_both(wire: Any) -> None:
    row = wire.row(wire.v2, clientIp="192.0.2.99", statusCode="-", channelId="demo")
    assert (row["client_ip"], row["status"]) == ("192.0.2.50", 200)
    assert dict(row["extra"]) == {"clientIp": "192.0.2.99", "channelId": "demo"}


def test_a_renamed_key_wins_over_that_of_the_envelope(wire: Any) -> None:
    renamed = {"data.timestamp": "2026-03-01T12:00:07Z", "data.requestId": "Root=1-69a42a8b-0"}
    row = wire.row(wire.v1, **renamed, timestamp=1772368999000, requestId="0f0e0d0c-0000")
    assert (row["event_time"].second, row["request_id"], row["extra"]) == (7, "Root=1-69a42a8b-0", None)
    among = wire.parse(wire.line(wire.v1) + wire.line(wire.v1, **renamed)).rows
    assert among["request_id"].to_pylist() == [wire.v1["requestId"], "Root=1-69a42a8b-0"]


def test_records_of_both_versions_stand_side_by_side(wire: Any) -> None:
    rows = wire.parse((wire.line(wire.v1) + wire.line(wire.v2)) * 40).rows
    assert rows["client_ip"].to_pylist() == [wire.v1["clientIp"], wire.v2["client_ip"]] * 40
    assert rows["source_format"].to_pylist() == ["v1_json", "v2_json"] * 40
    assert rows["extra"].null_count == 80
