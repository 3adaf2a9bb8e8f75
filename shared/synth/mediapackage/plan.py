"""Which objects a sample consists of: pure, so that every process (and the second delivery) derives the same plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from shared.synth.mediapackage.channels import ACCOUNT, Channel, Version, channels_of
from shared.synth.mediapackage.render import Layout
from shared.synth.mediapackage.requests import Direction
from shared.synth.mediapackage.spec import SLICE_S, SLICES_PER_HOUR, MediaPackageSpec
from shared.synth.objects import unique_id
from shared.synth.slices import Slice, apportioned, weights_by_hour


@dataclass(frozen=True)
class Stream:
    """Logs that are delivered together: of all channels of v1 by Firehose, of a channel group of v2 by vended logs."""

    direction: Direction
    layout: Layout
    channels: tuple[Channel, ...]

    @property
    def version(self) -> Version:
        """Version of the service."""
        return self.channels[0].version

    @cached_property
    def weight(self) -> float:
        """How much its endpoints are asked, in relation to the others."""
        return sum(channel.weight for channel in self.channels)


@dataclass(frozen=True)
class PlannedObject:
    """One object of the first delivery. `copies` is how often it is delivered again; `rows` is 0 for ingress."""

    index: int
    stream: Stream
    slice: Slice
    rows: int
    copies: int

    def place(
        self, spec: MediaPackageSpec, purpose: str, *, copy: int = 0, after: timedelta = timedelta(0)
    ) -> tuple[str, datetime]:
        """Key, with a unique id of its purpose, and when the object is written: minutes after its oldest record came.

        That, in turn, comes minutes late to who writes the object.
        """
        delay_s = int(unique_id(spec.seed, f"delay {copy}", self.index), 16) % 360 + 90
        arrived = self.slice.hour + timedelta(seconds=self.slice.first + delay_s + 1800 * copy) + after
        return _object_key(spec, self, purpose, arrived), arrived + timedelta(seconds=SLICE_S)


def _object_key(spec: MediaPackageSpec, planned: PlannedObject, purpose: str, arrived: datetime) -> str:
    """The name that Firehose (v1) or CloudWatch Logs (v2) gives an object whose oldest record arrived then.

    The folders of vended logs are inferred: the service path and the default suffix are not documented.
    """
    stream, name = planned.stream, unique_id(spec.seed, purpose, planned.index, digits=32)
    if stream.version is Version.V1:
        uuid = "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))
        folder, delivery_stream = f"{stream.direction}/{arrived:%Y/%m/%d/%H}", f"mediapackage-{stream.direction}-1"
        return f"{folder}/{delivery_stream}-{arrived:%Y-%m-%d-%H-%M-%S}-{uuid}"
    folder = f"AWSLogs/{ACCOUNT}/mediapackagev2/{stream.channels[0].group}/{stream.direction}"
    return f"{folder}/{planned.slice.hour:%Y/%m/%d/%H}/{planned.slice.first // 60:02d}-{name[:8]}.gz"


def streams_of(spec: MediaPackageSpec) -> list[Stream]:
    """The streams of a sample; the second channel group logs a few chosen fields of its egress."""
    channels = channels_of(spec)
    streams: list[Stream] = []
    for key in dict.fromkeys((channel.version, channel.group) for channel in channels):
        own = tuple(channel for channel in channels if (channel.version, channel.group) == key)
        layout = Layout.V1 if key[0] is Version.V1 else Layout.V2
        is_second = sum(stream.layout is Layout.V2 for stream in streams) > 0
        chosen = Layout.V2_CHOSEN if layout is Layout.V2 and is_second else layout
        streams += [Stream(Direction.EGRESS, chosen, own), Stream(Direction.INGRESS, layout, own)]
    return streams


def plan_objects(spec: MediaPackageSpec, rows: int) -> list[PlannedObject]:
    """The objects of the first delivery, in order of time; `rows` egress requests among them."""
    streams = streams_of(spec)
    egress = [stream for stream in streams if stream.direction is Direction.EGRESS]
    rng = np.random.default_rng([spec.seed, 3])
    uneven = rng.uniform(0.7, 1.3, (spec.hours, SLICES_PER_HOUR, len(egress)))
    by_stream = np.array([stream.weight for stream in egress])
    rows_of = apportioned(rows, weights_by_hour(spec)[:, None, None] * by_stream * uneven)
    count = spec.hours * SLICES_PER_HOUR * len(streams)
    is_copied = np.random.default_rng([spec.seed, 2]).random(count) < spec.duplicate_objects
    if spec.duplicate_objects and not is_copied.any():
        is_copied[rng.integers(0, count)] = True
    planned: list[PlannedObject] = []
    for hour, slice_ in np.ndindex(spec.hours, SLICES_PER_HOUR):
        part = Slice(spec.first_hour + timedelta(hours=hour), slice_ * SLICE_S, (slice_ + 1) * SLICE_S)
        for stream in streams:
            index = len(planned)
            own = int(rows_of[hour, slice_, egress.index(stream)]) if stream in egress else 0
            planned.append(PlannedObject(index, stream, part, own, int(is_copied[index])))
    # Where nobody asked there is no object.
    return [one for one in planned if one.rows or one.stream.direction is Direction.INGRESS]
