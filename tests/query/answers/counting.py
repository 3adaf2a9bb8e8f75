"""Counting as SQL counts: null is no value, and comes last in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.query.answers.requests import Request

Row = tuple[Any, ...]
Groups = Mapping[tuple[Any, ...], list[Request]]


def grouped(requests: Iterable[Request], *by: str | Callable[[Request], Hashable]) -> Groups:
    """Requests by the values of columns, or by what functions make of them."""
    groups: dict[tuple[Any, ...], list[Request]] = defaultdict(list)
    for request in requests:
        groups[tuple(request[each] if isinstance(each, str) else each(request) for each in by)].append(request)
    return groups


def known(requests: Iterable[Request], column: str) -> list[Any]:
    """The values of a column, without nulls."""
    return [request[column] for request in requests if request[column] is not None]


def total(requests: Iterable[Request], column: str) -> int | None:
    """The sum of a column; null of nothing."""
    values = known(requests, column)
    return sum(values) if values else None


def distinct(requests: Iterable[Request], column: str) -> int:
    """How many different values a column has."""
    return len(set(known(requests, column)))


def least(requests: Iterable[Request], column: str) -> Any:
    """The smallest value of a column; null of nothing."""
    return min(known(requests, column), default=None)


def errors(requests: Iterable[Request]) -> int:
    """Responses with a status of an error."""
    return sum(status >= 400 for status in known(requests, "status"))


def ratio(part: float | None, whole: float | None) -> float | None:
    """A quotient; null of nothing."""
    return None if part is None or not whole else part / whole


def ordered(rows: Iterable[Row], *columns: int) -> list[Row]:
    """Rows by columns, counted from 1; a negative one sorts downwards."""
    found = list(rows)
    for column in reversed(columns):
        at = abs(column) - 1
        present = [row for row in found if row[at] is not None]
        present.sort(key=lambda row: row[at], reverse=column < 0)
        found = [*present, *(row for row in found if row[at] is None)]
    return found


def second(request: Request) -> datetime:
    """The second of a request."""
    time: datetime = request["event_time"]
    return time.replace(microsecond=0)


def minute(request: Request) -> datetime:
    """The minute of a request."""
    return second(request).replace(second=0)


def hour(request: Request) -> datetime:
    """The hour of a request."""
    return minute(request).replace(minute=0)


def day(request: Request) -> datetime:
    """The day of a request."""
    return hour(request).replace(hour=0)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    return sorted(values)[-(-percent * len(values) // 100) - 1]
