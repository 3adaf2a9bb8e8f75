"""How many egress requests make a sample of a wanted size."""

from __future__ import annotations

from dataclasses import replace

from shared.synth.mediapackage.content import first_delivery
from shared.synth.mediapackage.plan import PlannedObject, plan_objects, streams_of
from shared.synth.mediapackage.requests import Direction
from shared.synth.mediapackage.spec import SLICES_PER_HOUR, MediaPackageSpec
from shared.synth.order import refuse

_PROBE_ROWS = 4_000


def egress_rows(spec: MediaPackageSpec) -> int:
    """The rows that the order says, or as many as fill its size beside what encoders deliver."""
    if spec.rows is not None:
        return spec.rows
    probe = plan_objects(spec, spec.hours * SLICES_PER_HOUR * len(streams_of(spec)))[: len(streams_of(spec))]
    delivered = sum(_text_bytes(spec, one) for one in probe if one.stream.direction is Direction.INGRESS)
    left = (spec.size_bytes or 0) - delivered * SLICES_PER_HOUR * spec.hours
    if left <= 0:
        gigabytes = delivered * SLICES_PER_HOUR * spec.hours / 1e9
        what = f"what encoders deliver to {spec.channels} channels in {spec.hours} hours is {gigabytes:.2f} GB already"
        refuse(what, "Give a greater size, fewer channels or fewer hours.")
    egress = [replace(one, rows=_PROBE_ROWS) for one in probe if one.stream.direction is Direction.EGRESS]
    weight = sum(one.stream.weight for one in egress)
    bytes_per_row = sum(_text_bytes(spec, one) / _PROBE_ROWS * one.stream.weight / weight for one in egress)
    return max(1, round(left / bytes_per_row))


def _text_bytes(spec: MediaPackageSpec, planned: PlannedObject) -> int:
    return sum(len(text) for piece in first_delivery(spec, planned) for text in piece.members)
