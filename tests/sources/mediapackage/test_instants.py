from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.instants import instants


def read(text: str | None) -> datetime | None:
    found = instants(pa.array([text], pa.string()))
    assert found.type == pa.timestamp("ms", tz="UTC")
    when: datetime | None = found[0].as_py()
    return when


TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-01T10:00:00Z", TEN),
        ("2026-03-01t10:00:00z", TEN),
        ("2026-03-01T10:00Z", TEN),
        ("2026-03-01T10:00:00+00:00", TEN),
        ("2026-03-01T12:00:00+02:00", TEN),
        ("2026-03-01T04:30:00-0530", TEN),
        ("2026-03-01T10:00:00.123999999Z", TEN + timedelta(milliseconds=123)),
        ("1772359200", TEN),
        ("2024-02-29T10:00:00Z", datetime(2024, 2, 29, 10, tzinfo=UTC)),
        ("2099-12-31T23:59:59Z", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("4102444799", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("946684800", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_times(text: str, when: datetime) -> None:
    assert read(text) == when


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00",
        "2026-03-01T10:00:00_02:00",
        "2026-03-01T10:00:00 02:00",
        "2026-02-29T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T10:00:60Z",
        "2026-03-01T10:00:00.Z",
        "2026-03-01T10:00:00+24:00",
        "1999-12-31T23:59:59Z",
        "2026-03-01",
        "4102444800",
        "946684799",
        "1772359200000",
        "-1772359200",
        "now",
        "",
        None,
    ],
)
def test_no_times(text: str | None) -> None:
    assert read(text) is None


ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=ZONES)


@settings(max_examples=100, deadline=None)
@given(st.lists(MOMENTS, max_size=5))
def test_any_time_that_is_written_is_read(moments: list[datetime]) -> None:
    cut = [each.replace(microsecond=each.microsecond // 1000 * 1000).astimezone(UTC) for each in moments]
    assert instants(pa.array([each.isoformat() for each in moments], pa.string())).to_pylist() == cut
    seconds = [str(int(each.timestamp())) for each in moments]
    assert instants(pa.array(seconds, pa.string())).to_pylist() == [each.replace(microsecond=0) for each in cut]


NEARLY = st.from_regex(
    r"2[0-9]{3}-[0-3][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{0,10})?)?[Z+-]?.{0,5}"
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | NEARLY | st.text(max_size=12) | st.integers().map(str), max_size=6))
def test_what_is_no_time_is_null(texts: list[str | None]) -> None:
    found = instants(pa.array(texts, pa.string()))
    for text, when in zip(texts, found.to_pylist(), strict=True):
        if when is not None:
            assert text is not None
            again = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text.upper())
            assert abs(again - when) < timedelta(milliseconds=1)
