"""What every order of a sample says, whatever its source, and which orders cannot be met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Never

from shared.errors import UsageError


@dataclass(frozen=True)
class SampleOrder:
    """A sample of raw logs; equal orders give equal bytes, whatever `processes` is.

    start             first hour, UTC (naive or aware); full hour
    rows              requests to make, before duplicates; or else
    size_bytes        bytes of uncompressed text to make
    duplicate_objects share of the objects: they are delivered again under another name
    malformed_share   share of the records: damaged in one of the ways of the source
    special           adds the objects that a real bucket holds beside the logs, and broken ones
    diurnal           more rows in the evening than at night; False spreads them evenly over the hours
    processes         1 writes in this process
    """

    start: datetime
    rows: int | None = None
    size_bytes: int | None = None
    hours: int = 6
    seed: int = 1
    duplicate_objects: float = 0.0
    malformed_share: float = 0.0
    special: bool = False
    diurnal: bool = True
    processes: int = 1

    def __post_init__(self) -> None:
        if (self.rows is None) == (self.size_bytes is None):
            refuse("it takes either a number of rows or a size", "Give one of the two.")
        if min(self.hours, self.processes, self.rows or self.size_bytes or 0, *self._counts()) < 1:
            refuse("a count or the size is below 1", "Give whole numbers from 1.")
        if self.start.replace(minute=0, second=0, microsecond=0) != self.start:
            refuse(f"the start {self.start.isoformat()} is no full hour", "Give it as YYYY-MM-DDTHH:00.")
        if not all(0 <= share <= 0.5 for share in (self.duplicate_objects, self.malformed_share, *self._shares())):
            refuse("a share is outside 0 to 0.5", "Give shares as fractions, e.g. 0.02.")

    def _counts(self) -> tuple[int, ...]:
        """Further numbers that must be at least 1."""
        return ()

    def _shares(self) -> tuple[float, ...]:
        """Further shares."""
        return ()

    @property
    def first_hour(self) -> datetime:
        """The start as naive UTC, which is how this package computes."""
        if self.start.tzinfo is None:
            return self.start
        offset = self.start.utcoffset() or timedelta()
        return (self.start - offset).replace(tzinfo=None)


def refuse(what: str, remedy: str) -> Never:
    """Say that an order cannot be met, and what to do."""
    raise UsageError(f"Cannot make this sample: {what}.", remedy=remedy)
