"""Times of any spelling, the same alone and among others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.columns.times import NO_TIME
from shared.sources.mediapackage.times import logged_times, request_id_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPELLINGS = {
    b"2026-03-01T12:30:00Z": "2026-03-01T12:30:00",
    b"2026-03-01T12:30:00.1Z": "2026-03-01T12:30:00.1",
    b"2026-03-01T12:30:00.123456789Z": "2026-03-01T12:30:00.123",
    b"2026-03-01T12:30:00.999999Z": "2026-03-01T12:30:00.999",
    b"2026-03-01T13:30:00.5+01:00": "2026-03-01T12:30:00.5",
    b"2026-03-01T10:00:00-0230": "2026-03-01T12:30:00",
    b"2026-03-01 12:30:00.250": "2026-03-01T12:30:00.25",
    b" 2026-03-01T12:30:00Z ": "2026-03-01T12:30:00",
    b"2024-02-29T00:00:00Z": "2024-02-29T00:00:00",
    b"1772368200": "2026-03-01T12:30:00",
    b"1772368200.5": "2026-03-01T12:30:00.5",
    b"1.7723682005E9": "2026-03-01T12:30:00.5",
    b"1772368200123": "2026-03-01T12:30:00.123",
    b"1772368200123456": "2026-03-01T12:30:00.123",
    b"1772368200123999999": "2026-03-01T12:30:00.123",
    b"2026-02-29T00:00:00Z": None,
    b"2026-03-32T00:00:00Z": None,
    b"2026-13-01T00:00:00Z": None,
    b"2026-00-01T00:00:00Z": None,
    b"2026-03-01T24:00:00Z": None,
    b"2026-03-01T12:60:00Z": None,
    b"2026-03-01T12:30:60.5Z": None,
    b"2026-03-01T12:30:00.Z": None,
    b"2026-03-01T12:30:00.1234567890Z": None,
    b"2026-03-01T12:30:00_02:00": None,
    b"2026-03-01T12:30:00+24:00": None,
    b"2026-03-01T12:30:00+02:60": None,
    b"2026-03-01": None,
    b"-1772368200": None,
    b"1e99": None,
    b"99999999999999999999": None,
    b"not-a-time": None,
    "２０２６-03-01T12:30:00Z".encode(): None,
    b"\xff": None,
    b"": None,
}


def millis(text: str | None) -> int:
    if text is None:
        return NO_TIME
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def test_spellings_alone_among_others_and_encoded() -> None:
    wanted = [millis(text) for text in SPELLINGS.values()]
    values = pa.array([*SPELLINGS, None], pa.binary())
    assert logged_times(values).tolist() == [*wanted, NO_TIME]
    assert logged_times(values.dictionary_encode()).tolist() == [*wanted, NO_TIME]
    assert [logged_times(values.slice(at, 1))[0] for at in range(len(wanted))] == wanted


@settings(max_examples=200, deadline=None)
@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
    digits=st.integers(0, 9),
    below=st.integers(0, 999),
    offset=st.sampled_from(["Z", "+00:00", "+05:30", "-11:00"]),
)
def test_iso_times_are_cut_to_milliseconds(moment: datetime, digits: int, below: int, offset: str) -> None:
    fraction = f"{moment.microsecond:06d}{below:03d}"[:digits]
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + offset
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo or UTC
    second = moment.replace(microsecond=0, tzinfo=zone) - EPOCH
    wanted = second // timedelta(milliseconds=1) + int(fraction.ljust(3, "0")[:3])
    assert logged_times(pa.array([text.encode(), b"x"])).tolist() == [wanted, NO_TIME]


@settings(max_examples=200, deadline=None)
@given(number=st.integers(10**9, 9 * 10**18), fraction=st.integers(0, 999))
def test_the_size_of_a_number_tells_its_unit(number: int, fraction: int) -> None:
    unit = 10**6 if number >= 10**17 else 1000 if number >= 10**14 else 1 if number >= 10**11 else Decimal("0.001")
    found = logged_times(pa.array([str(number), f"{number}.{fraction:03d}"]))
    assert found.tolist() == [number // unit, (number + Decimal(fraction) / 1000) // unit]


def test_request_ids() -> None:
    ids = ["Root=1-69a43148-0123456789abcdef01234567", "Root=1-zz-1", "0f0e0d0c-0000", None]
    assert request_id_times(pa.array(ids)).tolist() == [millis("2026-03-01T12:30:00"), *[NO_TIME] * 3]
    assert request_id_times(pa.array([], pa.string())).dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "left_out", "source", "time"),
    [
        ({"timestamp": "2026-03-01T12:00:59Z"}, (), "event_timestamp", "2026-03-01T12:00:00.123"),
        ({"timestamp": "2026-03-01T12:00:21Z"}, ("event_timestamp",), "timestamp", "2026-03-01T12:00:21"),
        ({"event_timestamp": "odd", "timestamp": 1772366421}, (), "timestamp", "2026-03-01T12:00:21"),
        ({"event_timestamp": "1999-01-01T00:00:00Z"}, (), "request_id", "2026-03-01T12:00:00"),
        ({"event_timestamp": "-"}, (), "request_id", "2026-03-01T12:00:00"),
        (
            {"data.timestamp": "2026-03-01T12:00:07Z", "timestamp": 1772366999000},
            ("event_timestamp",),
            "timestamp",
            "2026-03-01T12:00:07",
        ),
    ],
)
def test_the_first_that_can_be_read_counts(
    changes: dict[str, Any], left_out: tuple[str, ...], source: str, time: str, wire: Any
) -> None:
    row = wire.row(wire.v2, *left_out, **changes)
    assert (row["time_source"], row["event_time"]) == (source, datetime.fromisoformat(time).replace(tzinfo=UTC))
