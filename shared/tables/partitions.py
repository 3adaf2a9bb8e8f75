"""Hours as partitions: the one place where an event hour becomes key values, a folder name and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

MS_PER_HOUR = 3_600_000


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
        """The partition of an hour counted from 1970-01-01T00Z."""
        start = datetime.fromtimestamp(hours_since_epoch * 3600, tz=UTC)
        return cls(f"{start.year:04d}", f"{start.month:02d}", f"{start.day:02d}", f"{start.hour:02d}")

    @classmethod
    def parse(cls, text: str) -> Partition:
        """The partition of a folder name or of `YYYY-MM-DDTHH`; ValueError for anything else."""
        if "=" in text:
            values = dict(part.split("=", 1) for part in text.strip("/").split("/"))
            return cls(values["year"], values["month"], values["day"], values["hour"])
        start = datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        return cls.of_hour(int(start.timestamp()) // 3600)

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
