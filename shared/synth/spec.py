"""What raw logs to make, and the truth about them: the order form and the receipt of the generator.

The receipt is counted while the rows are made, not read back from the files, so that a lake can be held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from shared.errors import UsageError

_K = TypeVar("_K")


class RawFormat(StrEnum):
    """How an object is written: the legacy log and four of the formats of standard logging v2."""

    V1 = "v1"  # gzip, tab-separated, two header lines, flat names
    V2_JSON = "v2_json"  # gzip JSON Lines, Hive paths
    V2_PARQUET = "v2_parquet"  # all-string columns, Hive paths
    V2_W3C = "v2_w3c"  # gzip, tab-separated, `#Fields`, dated paths
    V2_PLAIN = "v2_plain"  # gzip, tab-separated, one bare line of names, dated paths


V1_ONLY: Mapping[RawFormat, float] = {RawFormat.V1: 1.0}
MIXED: Mapping[RawFormat, float] = {
    RawFormat.V1: 0.55,
    RawFormat.V2_JSON: 0.15,
    RawFormat.V2_PARQUET: 0.1,
    RawFormat.V2_W3C: 0.1,
    RawFormat.V2_PLAIN: 0.1,
}


@dataclass(frozen=True)
class SampleSpec:
    """A sample of CloudFront logs; equal specs give equal bytes, whatever `processes` is.

    start             first hour, UTC (naive or aware); full hour
    rows              requests to make, before duplicates; or else
    size_bytes        bytes of uncompressed v1 text to make, headers aside (met within 1 %)
    files_per_hour    objects per hour and distribution; each covers its slice of the hour
    formats           share of the objects in each format
    late_share        of the rows: they happened in the hour before the one in the object's name
    duplicate_rows    of the rows: they stand twice in their object
    duplicate_objects of the objects: they are delivered again under another name
    malformed_share   of the rows of v1 and JSON objects: damaged in one of the ways of `shared.synth.damage`
    special           adds the objects that a real bucket holds beside the logs, and broken ones
    prefix            folder of the v1 objects ("" for none)
    diurnal           more rows in the evening than at night; False spreads them evenly over the hours
    processes         1 writes in this process
    """

    start: datetime
    rows: int | None = None
    size_bytes: int | None = None
    hours: int = 6
    distributions: int = 2
    files_per_hour: int = 8
    seed: int = 1
    formats: Mapping[RawFormat, float] = field(default_factory=lambda: dict(V1_ONLY))
    late_share: float = 0.02
    duplicate_rows: float = 0.0
    duplicate_objects: float = 0.0
    malformed_share: float = 0.0
    special: bool = False
    prefix: str = "cloudfront"
    diurnal: bool = True
    processes: int = 1

    def __post_init__(self) -> None:
        def refuse(what: str, remedy: str) -> None:
            raise UsageError(f"Cannot make this sample: {what}.", remedy=remedy)

        if (self.rows is None) == (self.size_bytes is None):
            refuse("it takes either a number of rows or a size", "Give one of the two.")
        if (
            min(self.hours, self.distributions, self.files_per_hour, self.processes, self.rows or self.size_bytes or 0)
            < 1
        ):
            refuse("a count or the size is below 1", "Give whole numbers from 1.")
        if self.start.replace(minute=0, second=0, microsecond=0) != self.start:
            refuse(f"the start {self.start.isoformat()} is no full hour", "Give it as YYYY-MM-DDTHH:00.")
        shares = (self.late_share, self.duplicate_rows, self.duplicate_objects, self.malformed_share)
        if not all(0 <= share <= 0.5 for share in shares):
            refuse("a share is outside 0 to 0.5", "Give shares as fractions, e.g. 0.02.")
        if sum(self.formats.values()) <= 0 or min(self.formats.values()) < 0:
            refuse("the shares of the formats do not add up to anything", "Give at least one format a share above 0.")

    @property
    def first_hour(self) -> datetime:
        """The start as naive UTC, which is how this package computes."""
        if self.start.tzinfo is None:
            return self.start
        offset = self.start.utcoffset() or timedelta()
        return (self.start - offset).replace(tzinfo=None)


@dataclass(frozen=True)
class SampleReport:
    """What was written, by the generator's own count.

    records       distinct + duplicates + quarantined: what a run must account for, beside what it ignores
    distinct      good records that no earlier one repeats: what the lake must end up with
    duplicates    good records beyond those
    rows_by_hour  `distinct` by the hour of the event, naive UTC
    quarantined   records that no parser can place, and damaged objects (one record each), by BadReason
    flagged       good records (copies included) by RowFlag
    ignored       lines that are no records, by kind: header, blank
    objects       log objects, broken ones included; markers are not
    bytes_written, bytes_uncompressed   of the objects; Parquet counts alike in both
    """

    records: int = 0
    distinct: int = 0
    duplicates: int = 0
    rows_by_hour: Mapping[datetime, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    flagged: Mapping[str, int] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)
    objects: int = 0
    bytes_written: int = 0
    bytes_uncompressed: int = 0

    def __add__(self, other: SampleReport) -> SampleReport:
        """Both deliveries together; right for objects that share no record beyond what `other` counts as duplicates."""
        return SampleReport(
            records=self.records + other.records,
            distinct=self.distinct + other.distinct,
            duplicates=self.duplicates + other.duplicates,
            rows_by_hour=dict(sorted(_sum(self.rows_by_hour, other.rows_by_hour).items())),
            quarantined=_sum(self.quarantined, other.quarantined),
            flagged=_sum(self.flagged, other.flagged),
            ignored=_sum(self.ignored, other.ignored),
            objects=self.objects + other.objects,
            bytes_written=self.bytes_written + other.bytes_written,
            bytes_uncompressed=self.bytes_uncompressed + other.bytes_uncompressed,
        )

    def as_repeated(self) -> SampleReport:
        """The receipt of a second delivery of the same object: all its good records are duplicates."""
        return replace(self, distinct=0, duplicates=self.distinct + self.duplicates, rows_by_hour={})


def _sum(left: Mapping[_K, int], right: Mapping[_K, int]) -> dict[_K, int]:
    return dict(Counter(left) + Counter(right))
