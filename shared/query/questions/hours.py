"""A range of hours as predicates: on the partition keys, by which engines leave out files, or on a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import UsageError
from shared.tables import PARTITION_KEYS
from shared.tables.partitions import Partition

_HOUR, _YEAR = timedelta(hours=1), timedelta(days=366)
_FEW = 6
_FIRST = datetime(1, 1, 1)
_END = datetime(9999, 1, 1)


@dataclass(frozen=True)
class HourRange:
    """Hours from `start` to before `end`, naive UTC; by default all."""

    start: datetime = _FIRST
    end: datetime = _END

    def __post_init__(self) -> None:
        for time in (self.start, self.end):
            if time != time.replace(minute=0, second=0, microsecond=0):
                raise UsageError(f"{time.isoformat()} is no full hour.", remedy="give full hours, e.g. 2026-11-01T10")
        if self.start >= self.end:
            raise UsageError(
                f"There is no hour from {self.start:%Y-%m-%dT%H} to before {self.end:%Y-%m-%dT%H}.",
                remedy="give a later end: it is the first hour that is left out",
            )

    def on_keys(self) -> str:
        """The hours as a predicate on the partition keys.

        The keys that all hours share are compared one by one: that is what a catalog can look up in its index. Where
        the others do not form whole years, months or days, they are compared as one text besides; and as not every
        engine leaves files out by that, the few values that a key may have are named, too.

        >>> HourRange(datetime(2026, 11, 1, 22), datetime(2026, 11, 2)).on_keys()
        "year = '2026' AND month = '11' AND day = '01' AND hour BETWEEN '22' AND '23'"
        >>> print(HourRange(datetime(2026, 11, 1, 22), datetime(2026, 11, 2, 1)).on_keys())
        year = '2026' AND month = '11' AND day BETWEEN '01' AND '02' AND hour IN ('22', '23', '00') \
AND year || month || day || hour BETWEEN '2026110122' AND '2026110200'
        """
        first, last, end = (_partition(time) for time in (self.start, self.end - _HOUR, self.end))
        common = next((at for at in range(len(first)) if first[at] != last[at]), len(first))
        predicates = [f"{key} = '{value}'" for key, value in zip(PARTITION_KEYS[:common], first, strict=False)]
        if common < len(first):
            predicates.append(f"{PARTITION_KEYS[common]} BETWEEN '{first[common]}' AND '{last[common]}'")
            finer = slice(common + 1, None)
            if first[finer] != _START_OF_ALL[finer] or end[finer] != _START_OF_ALL[finer]:
                predicates += self._few_values(PARTITION_KEYS[finer])
                whole = " || ".join(PARTITION_KEYS)
                predicates.append(f"{whole} BETWEEN '{''.join(first)}' AND '{''.join(last)}'")
        return " AND ".join(predicates)

    def _few_values(self, keys: Sequence[str]) -> Iterator[str]:
        if self.end - self.start > _YEAR:
            return
        hours = [_partition(self.start + n * _HOUR) for n in range((self.end - self.start) // _HOUR)]
        for key in keys:
            values = dict.fromkeys(getattr(hour, key) for hour in hours)
            if len(values) <= _FEW:
                yield f"{key} IN ({', '.join(repr(value) for value in values)})"


def _partition(hour: datetime) -> Partition:
    return Partition(f"{hour.year:04}", f"{hour.month:02}", f"{hour.day:02}", f"{hour.hour:02}")


_START_OF_ALL = _partition(_FIRST)
