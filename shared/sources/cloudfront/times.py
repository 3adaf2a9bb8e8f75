"""Event time: when the response ended, in milliseconds since 1970, UTC.

The first that can be read of `timestamp(ms)`, `timestamp` and `date` with `time` counts. A row without any belongs to
no hour. Days and seconds of the day repeat, so they are read once per distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from shared.sources.columns.numbers import to_integers
from shared.sources.columns.texts import is_dictionary
from shared.sources.columns.times import EARLIEST, LATEST, NO_TIME, Millis, plausible

_DAY = re.compile(rb" *(\d{4})-(\d{2})-(\d{2}) *")
_SECOND = re.compile(rb" *([01]\d|2[0-3]):([0-5]\d):([0-5]\d) *")
_SECONDS_WITH_FRACTION = re.compile(rb" *(\d{1,11})\.(\d{1,9}) *")
_FIRST_MS_VALUE = 100_000_000_000  # as seconds it would be the year 5138, as milliseconds 1973


def event_times(fields: Mapping[str, pa.Array], rows: int) -> Millis:
    """Milliseconds since 1970 for each row, NO_TIME where no field of the row gives a time. `fields` by wire name."""
    times = np.full(rows, NO_TIME, dtype=np.int64)
    for name in ("timestamp(ms)", "timestamp"):
        if name in fields and (times == NO_TIME).any():
            times = np.where(times == NO_TIME, _from_epoch(fields[name]), times)
    if "date" in fields and "time" in fields and (times == NO_TIME).any():
        times = np.where(times == NO_TIME, _from_date_and_time(fields["date"], fields["time"]), times)
    return times


def _from_date_and_time(date: pa.Array, time: pa.Array) -> Millis:
    days, of_day = _per_row(date, _day), _per_row(time, _millis_of_day)
    return np.where((days == NO_TIME) | (of_day == NO_TIME), NO_TIME, days + of_day)


def _from_epoch(values: pa.Array) -> Millis:
    if is_dictionary(values):
        values = values.dictionary.take(values.indices)
    numbers, bad = to_integers(values, pa.int64())
    times = numbers.fill_null(0).to_numpy(zero_copy_only=False).copy()
    times[np.abs(times) < _FIRST_MS_VALUE] *= 1000
    if bad is not None:
        for row in np.flatnonzero(bad).tolist():
            times[row] = _fractional(values[row].as_py())
    return plausible(times)


def _fractional(text: bytes) -> int:
    match = _SECONDS_WITH_FRACTION.fullmatch(text)
    return int(match[1]) * 1000 + int(match[2].ljust(3, b"0")[:3]) if match else NO_TIME


def _per_row(values: pa.Array, read: Callable[[bytes], int]) -> Millis:
    encoded = values if is_dictionary(values) else values.dictionary_encode()
    distinct = [NO_TIME if text is None else read(text) for text in encoded.dictionary.to_pylist()]
    by_code = np.array([*distinct, NO_TIME], dtype=np.int64)
    times: Millis = by_code[encoded.indices.fill_null(len(distinct)).to_numpy()]
    return times


def _day(text: bytes) -> int:
    match = _DAY.fullmatch(text)
    if match is None:
        return NO_TIME
    try:
        start = int(datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return NO_TIME
    return start if EARLIEST <= start < LATEST else NO_TIME


def _millis_of_day(text: bytes) -> int:
    match = _SECOND.fullmatch(text)
    return (int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])) * 1000 if match else NO_TIME
