"""Which objects a sample consists of: pure, so that every process (and the second delivery) derives the same plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from shared.synth.cloudfront.population import populations
from shared.synth.cloudfront.render import lines
from shared.synth.cloudfront.requests import Distribution, draw_requests
from shared.synth.cloudfront.spec import RawFormat, SampleSpec
from shared.synth.objects import unique_id
from shared.synth.slices import Slice, apportioned, weights_by_hour

ACCOUNT = "111122223333"
_GOLDEN = 0.6180339887498949  # steps of the golden ratio spread few objects over the formats as evenly as they can be


@dataclass(frozen=True)
class PlannedObject:
    """One object of the first delivery. `copies` is how often it is delivered again."""

    index: int
    distribution: Distribution
    slice: Slice
    format: RawFormat
    rows: int
    copies: int

    def place(
        self, spec: SampleSpec, purpose: str, *, copy: int = 0, after: timedelta = timedelta(0)
    ) -> tuple[str, datetime]:
        """Key, with a unique id of its purpose, and when the object is written: minutes after the slice or more."""
        delay_s = int(unique_id(spec.seed, f"delay {copy}", self.index), 16) % 2700 + 240
        written = self.slice.hour + timedelta(seconds=self.slice.end + delay_s + 1800 * copy)
        return _object_key(spec, self, purpose), written + after


def _object_key(spec: SampleSpec, planned: PlannedObject, purpose: str) -> str:
    """The name that CloudFront gives an object of this hour, distribution and format."""
    hour, distribution = planned.slice.hour, planned.distribution.id
    name = unique_id(spec.seed, purpose, planned.index)
    if planned.format is RawFormat.V1:
        return f"{spec.prefix}/{distribution}.{hour:%Y-%m-%d-%H}.{name}.gz".lstrip("/")
    if planned.format in (RawFormat.V2_JSON, RawFormat.V2_PARQUET):
        ending = "parquet" if planned.format is RawFormat.V2_PARQUET else "gz"
        folder = f"AWSLogs/aws-account-id={ACCOUNT}/CloudFront/DistributionId={distribution}"
        return f"{folder}/year={hour:%Y}/month={hour:%m}/day={hour:%d}/hour={hour:%H}/{name}.{ending}"
    return f"AWSLogs/{ACCOUNT}/CloudFront/{distribution}/{hour:%Y/%m/%d/%H}/{name}.gz"


def plan_objects(spec: SampleSpec) -> list[PlannedObject]:
    """The objects of the first delivery, in order of time."""
    rows = _split(spec)
    formats = list(spec.formats)
    bounds = np.cumsum([spec.formats[format_] for format_ in formats]) / sum(spec.formats.values())
    rng = np.random.default_rng([spec.seed, 2])
    is_copied = rng.random(rows.size) < spec.duplicate_objects
    if spec.duplicate_objects and not is_copied.any():
        is_copied[rng.integers(0, rows.size)] = True
    planned = []
    for index, (hour, rank, file) in enumerate(np.ndindex(rows.shape)):
        first = 3600 * file // spec.files_per_hour
        end = max(first + 1, 3600 * (file + 1) // spec.files_per_hour)
        format_ = formats[int(np.searchsorted(bounds, (0.5 + index * _GOLDEN) % 1.0, side="right"))]
        planned.append(
            PlannedObject(
                index=index,
                distribution=Distribution.number(rank),
                slice=Slice(spec.first_hour + timedelta(hours=hour), min(first, 3599), min(end, 3600)),
                format=format_,
                rows=int(rows[hour, rank, file]),
                copies=int(is_copied[index]),
            )
        )
    return [one for one in planned if one.rows]  # an hour without requests has no object


def _split(spec: SampleSpec) -> npt.NDArray[np.int64]:
    """Rows per hour, distribution and file: busy evenings, a main distribution, uneven files; adds up exactly."""
    rng = np.random.default_rng([spec.seed, 3])
    by_distribution = 1 / np.arange(1, spec.distributions + 1) ** 0.5
    by_file = rng.uniform(0.7, 1.3, (spec.hours, spec.distributions, spec.files_per_hour))
    return apportioned(_rows(spec), weights_by_hour(spec)[:, None, None] * by_distribution[:, None] * by_file)


def _rows(spec: SampleSpec) -> int:
    if spec.rows is not None:
        return spec.rows
    probe = 20_000
    rng, hour = np.random.default_rng([spec.seed, 4]), Slice(spec.first_hour, 0, 3600)
    requests = draw_requests(rng, populations(spec.seed), Distribution.number(0), hour, count=probe)
    bytes_per_row: float = lines(RawFormat.V1, requests).buffers()[2].size / probe
    return max(1, round((spec.size_bytes or 0) / bytes_per_row))
