"""Event time: when the request was logged to have happened, in milliseconds since 1970, UTC, and which field said so.

The first that can be read counts: `event_timestamp`, `timestamp`, the time of the log event (of the line of an export
task, or of the envelope), the seconds in the request id. A record without any belongs to no hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.numbers import digits_only
from shared.sources.columns.texts import as_string, data_bytes, has_value, is_dictionary, offsets
from shared.sources.columns.times import NO_TIME, Millis, plausible

EVENT_TIMESTAMP, TIMESTAMP, EXPORT, ENVELOPE, REQUEST_ID = SOURCES = (
    "event_timestamp",
    "timestamp",
    "export",
    "envelope",
    "request_id",
)

_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?")
_DIGITS = "^(?:[0-9]{1,18}|[1-8][0-9]{18})$"  # what surely is an int64
# A time without an offset is UTC: engines that have read it as a timestamp write it so.
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?", re.ASCII
)
_REQUEST_ID_TIME = re.compile(r"Root=1-([0-9a-fA-F]{8})-.*")
_NS, _US, _MS = 10**17, 10**14, 10**11  # from here on a number counts nanoseconds, microseconds, milliseconds
_LONGEST_NUMBER = 18  # so many digits fit an int64, whatever they are
_TOO_LARGE = 10**19

# Where the digits of YYYY-MM-DDTHH:MM:SS stand, and what stands between them.
_PLACES = {"year": (0, 4), "month": (5, 7), "day": (8, 10), "hour": (11, 13), "minute": (14, 16), "second": (17, 19)}
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
_BEFORE_FRACTION = 19
_LENGTHS = (20, *range(22, 31))  # with a Z, without a fraction or with one of 1 to 9 digits


class EventTimes(NamedTuple):
    """Milliseconds for each row, NO_TIME where nothing says it; the index in SOURCES of what says it, else -1."""

    millis: Millis
    sources: npt.NDArray[np.int32]


def event_times(readers: Sequence[tuple[str, Callable[[], Millis]]], rows: int) -> EventTimes:
    """The first time that a row has; a reader is only asked for where one before it left rows without."""
    millis, sources = np.full(rows, NO_TIME, dtype=np.int64), np.full(rows, -1, dtype=np.int32)
    for source, read in readers:
        missing = millis == NO_TIME
        if not missing.any():
            break
        times = plausible(read())
        found = missing & (times != NO_TIME)
        millis[found] = times[found]
        sources[found] = SOURCES.index(source)
    return EventTimes(millis, sources)


def logged_times(values: pa.Array) -> Millis:
    """Times of a column of bytes or text: ISO 8601, or a number since 1970 whose size tells its unit.

    Digits beyond milliseconds are cut, not rounded. NO_TIME for null and for what is neither.
    """
    if is_dictionary(values):
        by_code = np.append(logged_times(values.dictionary), NO_TIME)
        return np.asarray(by_code[values.indices.fill_null(len(values.dictionary)).to_numpy()], dtype=np.int64)
    times = np.full(len(values), NO_TIME, dtype=np.int64)
    lengths = np.diff(offsets(values))
    for length in _LENGTHS:
        rows = np.flatnonzero(lengths == length)
        if len(rows):
            times[rows] = _of_one_length(values, rows, length)
    left = has_value(values) & (times == NO_TIME)
    if left.any():
        if left.all() and lengths.min() > 0 and lengths.max() <= _LONGEST_NUMBER and digits_only(data_bytes(values)):
            return _of_numbers(as_string(values).cast(pa.int64()).to_numpy())
        are_digits = pc.match_substring_regex(as_string(values).view(pa.binary()), _DIGITS)
        digits = are_digits.fill_null(False).to_numpy(zero_copy_only=False) & left
        if digits.any():
            times[digits] = _of_numbers(as_string(values).filter(pa.array(digits)).cast(pa.int64()).to_numpy())
        for row in np.flatnonzero(left & ~digits).tolist():
            times[row] = _of_text(values[row].as_py())
    return times


def request_id_times(values: pa.Array) -> Millis:
    """The second in request ids like `Root=1-69a42a40-...`, NO_TIME for others."""
    found = (text and _REQUEST_ID_TIME.fullmatch(text) for text in values.to_pylist())
    return np.array([int(match[1], 16) * 1000 if match else NO_TIME for match in found], dtype=np.int64)


def _of_numbers(numbers: npt.NDArray[np.int64]) -> Millis:
    ms = np.where(numbers >= _NS, numbers // 1_000_000, np.where(numbers >= _US, numbers // 1000, numbers))
    return np.asarray(np.where(numbers < _MS, numbers * 1000, ms), dtype=np.int64)


def _of_one_length(values: pa.Array, rows: npt.NDArray[np.int64], length: int) -> Millis:
    """Times like 2026-03-01T12:00:00.293656Z, NO_TIME where a character is not what it is there."""
    starts = offsets(values)[rows] - offsets(values)[0]
    text = data_bytes(values)[starts[:, None] + np.arange(length, dtype=np.int32)]
    digits = text - np.uint8(ord("0"))
    marks: Mapping[int, str] = {**_MARKS, length - 1: "Z", **({_BEFORE_FRACTION: "."} if length > 20 else {})}
    fits = np.ones(len(rows), dtype=np.bool_)
    for at in range(length):
        fits &= (text[:, at] == ord(marks[at])) if at in marks else (digits[:, at] < 10)
    number = {name: _joined(digits, *place) for name, place in _PLACES.items()}
    fits &= (number["hour"] < 24) & (number["minute"] < 60) & (number["second"] < 60)
    fits &= (number["month"] >= 1) & (number["month"] <= 12) & (number["year"] >= 1970)
    months = np.where(fits, (number["year"] - 1970) * 12 + number["month"] - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + number["day"] - 1
    fits &= (number["day"] >= 1) & (days < (months + 1).astype("datetime64[D]").astype(np.int64))
    seconds = ((days * 24 + number["hour"]) * 60 + number["minute"]) * 60 + number["second"]
    written = max(min(length - 1, _BEFORE_FRACTION + 4) - _BEFORE_FRACTION - 1, 0)  # digits of milliseconds
    fraction = _joined(digits, _BEFORE_FRACTION + 1, _BEFORE_FRACTION + 1 + written) * 10 ** (3 - written)
    return np.where(fits, seconds * 1000 + fraction, NO_TIME)


def _joined(digits: npt.NDArray[np.uint8], begin: int, end: int) -> npt.NDArray[np.int64]:
    number = np.zeros(len(digits), dtype=np.int64)
    for at in range(begin, end):
        number = number * 10 + digits[:, at]
    return number


def _of_text(logged: bytes | str) -> int:
    text = (logged.decode(errors="replace") if isinstance(logged, bytes) else logged).strip(" ")
    if text.isascii() and _NUMBER.fullmatch(text):
        number = Decimal(text)
        if number >= _TOO_LARGE:
            return NO_TIME
        unit = next((unit for least, unit in ((_NS, 10**6), (_US, 1000), (_MS, 1)) if number >= least), None)
        millis = number // unit if unit else number * 1000 // 1
        return int(millis)
    match = _ISO.fullmatch(text)
    if match is None:
        return NO_TIME
    try:
        moment = datetime(*map(int, match.groups()[:6]), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return NO_TIME
    fraction = int((match[7] or "").ljust(3, "0")[:3])
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0)) * (-1 if match[8] == "-" else 1)
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC) - offset) / timedelta(milliseconds=1)) + fraction
