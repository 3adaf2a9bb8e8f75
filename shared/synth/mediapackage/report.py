"""The truth about a sample of MediaPackage logs, for queries to be held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from shared.synth.report import SampleReport


@dataclass(frozen=True)
class Gap:
    """Segments of one rendition that one input never got, while its other renditions and the other input went on."""

    channel: str
    input: int
    rendition: str
    first_missing_number: int
    count: int


@dataclass(frozen=True)
class Silence:
    """An input without any request from `starts` to `ends` (exclusive, naive UTC), while the other one goes on."""

    channel: str
    input: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Skew:
    """How much later an input gets each segment than the other one, in the middle."""

    channel: str
    input: int
    seconds: float


@dataclass(frozen=True)
class Wave:
    """A time (naive UTC, end exclusive) when many clients ask the origin itself and are refused with 403."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class MediaPackageReport(SampleReport):
    """What was written; all counts below are of distinct good records, by the name of the table.

    table_rows_by_hour  table, hour: rows
    requests_by_class   table, place, request class: requests. A place is `channel/endpoint` (egress; `vod` for all of
                        VOD) or `channel/input` (ingress)
    requests_by_status  table, class of status (2xx, ..., none): requests
    marked              table, mark: requests. Marks: aborted, not_modified (304), and of egress blocking_reload, direct
                        (to the origin, past every CDN), manifest_filter and the time-shifts startover, catchup and
                        delay; of ingress challenged (401)
    segments_delivered  channel, input: segments that were put with success
    gaps, silences, skews, waves   what went wrong on purpose; they stand in the report of the first delivery
    """

    table_rows_by_hour: Mapping[str, Mapping[datetime, int]] = field(default_factory=dict)
    requests_by_class: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    requests_by_status: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    marked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    segments_delivered: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    silences: tuple[Silence, ...] = ()
    skews: tuple[Skew, ...] = ()
    waves: tuple[Wave, ...] = ()

    def as_repeated(self) -> Self:
        """A repetition adds nothing to the truth about what happened."""
        return replace(
            super().as_repeated(),
            table_rows_by_hour={},
            requests_by_class={},
            requests_by_status={},
            marked={},
            segments_delivered={},
        )
