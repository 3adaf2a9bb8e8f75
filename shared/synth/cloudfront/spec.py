"""The order form of a sample of CloudFront logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.synth.order import SampleOrder, refuse


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
class SampleSpec(SampleOrder):
    """A sample of CloudFront logs. `size_bytes` counts as v1 text, headers aside, and is met within 1 %.

    files_per_hour    objects per hour and distribution; each covers its slice of the hour
    formats           share of the objects in each format
    late_share        of the rows: they happened in the hour before the one in the object's name
    duplicate_rows    of the rows: they stand twice in their object
    prefix            folder of the v1 objects ("" for none)
    """

    distributions: int = 2
    files_per_hour: int = 8
    formats: Mapping[RawFormat, float] = field(default_factory=lambda: dict(V1_ONLY))
    late_share: float = 0.02
    duplicate_rows: float = 0.0
    prefix: str = "cloudfront"

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(self.formats.values()) <= 0 or min(self.formats.values()) < 0:
            refuse("the shares of the formats do not add up to anything", "Give at least one format a share above 0.")

    def _counts(self) -> tuple[int, ...]:
        return self.distributions, self.files_per_hour

    def _shares(self) -> tuple[float, ...]:
        return self.late_share, self.duplicate_rows
