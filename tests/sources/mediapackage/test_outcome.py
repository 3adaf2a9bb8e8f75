"""What became of a request: status and time, and whether the client hung up."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("status", "time", "aborted"),
    [
        ("200", 0.1, False),
        ("-", 0.1, True),
        ("", "-", True),
        (460, 0.1, True),
        ("499", None, True),
        (403, -1, True),
        ("odd", 0.1, None),
        ("odd", -2, True),
        (None, 0.1, None),
        (404, 5e-05, False),
    ],
)
def test_who_hung_up(status: Any, time: Any, aborted: bool | None, wire: Any) -> None:
    row = wire.row(wire.v1, statusCode=status, processingTime=time)
    assert row["is_aborted"] is aborted
    assert row["time_to_first_byte_s"] == (time if isinstance(time, float) else None)
    assert wire.row(wire.v2, "status_code")["is_aborted"] is None


@pytest.mark.parametrize(
    ("status", "of_class"),
    [
        ("100", "1xx"),
        (200, "2xx"),
        ("304", "3xx"),
        (460, "4xx"),
        ("599", "5xx"),
        ("-", "none"),
        (0, "none"),
        (600, "none"),
    ],
)
def test_status_class(status: Any, of_class: str, wire: Any) -> None:
    assert wire.row(wire.v1, statusCode=status)["status_class"] == of_class
