"""Finding the hour in a key as text, so that a listing can jump to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_DATED = re.compile(
    r"""
    (?:^|(?<=/)|(?<=[.]))                          # at the start of a path element, or behind a dot in its name
    (?P<year_label>year=)?  (?P<year>(?:19|20)\d\d)
    (?P<month_label>/month=|/|-)  (?P<month>0[1-9]|1[0-2])
    (?:
        (?P<day_label>/day=|/|-)  (?P<day>0[1-9]|[12]\d|3[01])
        (?: (?P<hour_label>/hour=|/|-)  (?P<hour>[01]\d|2[0-3]) (?=[/.]) )?
    )?
    (?=[/.])
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class DatedKey:
    """A key that holds a date: `root`, then year, month, maybe day and hour, with their labels.

    All keys with one root and one layout sort by time.

    >>> old = find_date("logs/E1EXAMPLE00001.2026-11-01-10.0a1b2c3d.gz")
    >>> old.root, old.starts.isoformat(), old.at(datetime(2026, 11, 24, 5))
    ('logs/E1EXAMPLE00001.', '2026-11-01T10:00:00', 'logs/E1EXAMPLE00001.2026-11-24-05')
    """

    root: str
    labels: tuple[str, ...]
    starts: datetime
    ends: datetime

    def at(self, time: datetime) -> str:
        """Begin of the keys of that time; it sorts before all of them and behind all earlier ones."""
        digits = (f"{time.year:04d}", f"{time.month:02d}", f"{time.day:02d}", f"{time.hour:02d}")
        return self.root + "".join(label + value for label, value in zip(self.labels, digits, strict=False))


def find_date(key: str) -> DatedKey | None:
    """Find `YYYY/MM/DD/HH`, `year=YYYY/month=MM/...` or `.YYYY-MM-DD-HH.` in a key, at least year and month.

    None when there is none, or no valid one.
    """
    found = _DATED.search(key)
    if found is None:
        return None
    values = [int(found[name]) for name in ("year", "month", "day", "hour") if found[name]]
    labels = tuple(found[f"{name}_label"] or "" for name in ("year", "month", "day", "hour")[: len(values)])
    year, month, day, hour = [*values, *(1, 1, 1, 0)[len(values) :]]
    try:
        starts = datetime(year, month, day, hour)
    except ValueError:
        return None
    if len(values) == 4:
        ends = starts + timedelta(hours=1)
    elif len(values) == 3:
        ends = starts + timedelta(days=1)
    else:
        ends = (starts + timedelta(days=31)).replace(day=1)
    return DatedKey(key[: found.start()], labels, starts, ends)
