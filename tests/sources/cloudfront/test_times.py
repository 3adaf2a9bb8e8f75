from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.cloudfront.times import NO_TIME, event_times


def at(**fields: bytes | None) -> int:
    names = {"ms": "timestamp(ms)", "s": "timestamp", "date": "date", "time": "time"}
    columns = {names[name]: pa.array([value], pa.binary()) for name, value in fields.items()}
    return int(event_times(columns, 1)[0])


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        (b"2026-13-05", b"10:00:00"),
        (b"2026-02-29", b"10:00:00"),
        (b"2026-04-31", b"10:00:00"),
        (b"2026-00-10", b"10:00:00"),
        (b"1970-01-01", b"10:00:00"),
        (b"2026-11-01", b"24:00:00"),
        (b"2026-11-01", b"25:61:61"),
        (b"2026-11-01", b"10:00:60"),
        (b"2026-11-1", b"10:00:00"),
        (b"26-11-01", b"10:00:00"),
        (b"2026/11/01", b"10:00:00"),
        (b"2026-11-01T", b"10:00:00"),
        ("２０２６-11-01".encode(), b"10:00:00"),
        (b"\xff", b"10:00:00"),
        (b"2026-11-01", None),
        (None, b"10:00:00"),
    ],
)
def test_no_time(date: bytes | None, time: bytes | None) -> None:
    assert at(date=date, time=time) == NO_TIME


def test_leap_day_and_last_second() -> None:
    assert at(date=b"2024-02-29", time=b"23:59:59") == millis("2024-02-29T23:59:59")
    assert at(date=b" 2026-11-01 ", time=b"10:00:00") == millis("2026-11-01T10:00:00")


def test_the_first_field_that_can_be_read_counts() -> None:
    date = {"date": b"2026-11-01", "time": b"10:00:00"}
    assert at(ms=b"1793527200123", s=b"1793527201", **date) == 1793527200123
    assert at(ms=b"-", s=b"1793527201", **date) == 1793527201000
    assert at(ms=None, s=b"soon", **date) == millis("2026-11-01T10:00:00")
    assert at(ms=b"17", s=None, date=b"-", time=b"-") == NO_TIME


def test_unit_of_an_epoch_is_told_by_its_size() -> None:
    assert at(s=b"1793527200123") == at(ms=b"1793527200.123") == 1793527200123
    assert at(s=b"1793527200.1239") == 1793527200123
    assert at(s=b"1793527200.") == at(s=b"-1793527200") == at(s=b"9" * 18) == NO_TIME


def test_mixed_rows_and_dictionaries() -> None:
    columns = {
        "timestamp": pa.array([None, b"1793527200", b"x"], pa.binary()).dictionary_encode(),
        "date": pa.array([b"2026-11-01", None, None], pa.binary()).dictionary_encode(),
        "time": pa.array([b"10:00:00", None, b"10:00:00"], pa.binary()),
    }
    assert event_times(columns, 3).tolist() == [1793527200000, 1793527200000, NO_TIME]


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))
def test_every_second_of_the_century(moment: datetime) -> None:
    text = f"{moment:%H:%M:%S}"
    whole = moment.replace(microsecond=0)
    assert at(date=whole.date().isoformat().encode(), time=text.encode()) == millis(whole.isoformat())
