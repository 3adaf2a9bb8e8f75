"""A range of hours as predicates: on the partition keys, by which engines leave out files, or on a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import UsageError
from shared.tables import PARTITION_KEYS
from shared.tables.partitions import Partition

_HOUR = timedelta(hours=1)
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

        The keys that all hours share are compared one by one: that is what a catalog can look up in its index. Only
        where the others do not form whole years, months or days are they compared as one text besides.

        >>> HourRange(datetime(2026, 11, 1, 22), datetime(2026, 11, 2)).on_keys()
        "year = '2026' AND month = '11' AND day = '01' AND hour BETWEEN '22' AND '23'"
        >>> print(HourRange(datetime(2026, 11, 1, 22), datetime(2026, 11, 2, 3)).on_keys())
        year = '2026' AND month = '11' AND day BETWEEN '01' AND '02' \
AND concat(year, month, day, hour) BETWEEN '2026110122' AND '2026110202'
        """
        first, last = _partition(self.start), _partition(self.end - _HOUR)
        predicates = []
        for position, key in enumerate(PARTITION_KEYS):
            if first[position] == last[position]:
                predicates.append(f"{key} = '{first[position]}'")
                continue
            predicates.append(f"{key} BETWEEN '{first[position]}' AND '{last[position]}'")
            finer = slice(position + 1, None)
            if first[finer] != _START_OF_ALL[finer] or _partition(self.end)[finer] != _START_OF_ALL[finer]:
                keys = ", ".join(PARTITION_KEYS)
                predicates.append(f"concat({keys}) BETWEEN '{''.join(first)}' AND '{''.join(last)}'")
            break
        return " AND ".join(predicates)


def _partition(hour: datetime) -> Partition:
    return Partition(f"{hour.year:04}", f"{hour.month:02}", f"{hour.day:02}", f"{hour.hour:02}")


_START_OF_ALL = _partition(_FIRST)
