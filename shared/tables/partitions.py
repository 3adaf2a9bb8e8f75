"""Hours as partitions: the one place where an event hour becomes key values, a folder name and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MS_PER_HOUR = 3_600_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOLDER = re.compile(r"year=(\d{4})/month=(\d{2})/day=(\d{2})/hour=(\d{2})")
_TEXT = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2})")


class Partition(NamedTuple):
    """The key values of an hour partition: zero-padded strings, as Athena and QuickSight compare them.

    >>> Partition.of_hour(490899)
    Partition(year='2026', month='01', day='01', hour='03')
    >>> Partition.of_hour(490899).folder
    'year=2026/month=01/day=01/hour=03'
    """

    year: str
    month: str
    day: str
    hour: str

    @classmethod
    def of_hour(cls, hours_since_epoch: int) -> Partition:
        """The partition of an hour counted from 1970-01-01T00Z; ValueError outside the years 1 to 9999.

        Four digits are what sorts and compares as text. Parsers refuse times far outside their service's life, so the
        error means a parser that does not.
        """
        try:
            start = _EPOCH + timedelta(hours=hours_since_epoch)
        except OverflowError as error:
            raise ValueError(f"hour {hours_since_epoch} lies outside the years 1 to 9999") from error
        return cls(f"{start.year:04d}", f"{start.month:02d}", f"{start.day:02d}", f"{start.hour:02d}")

    @classmethod
    def parse(cls, text: str) -> Partition:
        """The partition of a folder name or of `YYYY-MM-DDTHH`; ValueError for anything else."""
        match = _FOLDER.fullmatch(text.strip("/")) or _TEXT.fullmatch(text)
        if match is None or not match[0].isascii():
            raise ValueError(f"{text!r} is no hour")
        partition = cls(*match.groups())
        _ = partition.start  # raises for a day or hour that no calendar has
        return partition

    @property
    def folder(self) -> str:
        """The Hive-style folder of the partition below its run folder."""
        return f"year={self.year}/month={self.month}/day={self.day}/hour={self.hour}"

    @property
    def start(self) -> datetime:
        """Start of the hour (UTC)."""
        return datetime(int(self.year), int(self.month), int(self.day), int(self.hour), tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year}-{self.month}-{self.day}T{self.hour}"
