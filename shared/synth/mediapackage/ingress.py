"""What encoders deliver: each segment of each rendition to both inputs, its playlists, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.columns import numbers, take
from shared.synth.mediapackage.channels import AUDIO, INPUTS, RENDITIONS, SEGMENT_S, Channel, Version
from shared.synth.mediapackage.incidents import Incidents
from shared.synth.mediapackage.outcomes import STATUS_CLASSES
from shared.synth.mediapackage.requesters import ENCODER
from shared.synth.mediapackage.requests import Direction, Mask, Requests, Truth, iso_times, request_ids, seconds
from shared.synth.mediapackage.resources import CLASSES
from shared.synth.mediapackage.spec import SLICE_S
from shared.synth.slices import Slice, seconds_since_1970

_SEGMENTS = SLICE_S // SEGMENT_S  # of a rendition in a slice
_KEPT = 30  # segments; an older one is deleted
_MASTER_EVERY = 10  # segments
_CHALLENGED, _FAILED = 0.01, 0.002  # of the segments of v1: asked for a digest first; of all: put again after a failure
_MEDIA, _MASTER, _SEGMENT = (CLASSES.index(name) for name in ("manifest_media", "manifest_multivariant", "segment"))
_STATUSES = pa.array(["201", "200", "401", "500", "-"], pa.string())
_PUT, _DELETED, _CHALLENGE, _ERROR, _CUT = range(5)
_STATUS_CLASS = np.array([STATUS_CLASSES.index(name) for name in ("2xx", "2xx", "4xx", "5xx", "none")], dtype=np.int32)
_METHODS = pa.array(["PUT", "DELETE"], pa.string())
_NOTHING = pa.scalar("")


@dataclass(frozen=True)
class _Deliveries:
    """Requests of any order. Time is in microseconds after the begin of the segment's own six seconds."""

    input: npt.NDArray[np.int32]
    rendition: npt.NDArray[np.int32]
    step: npt.NDArray[np.int64]
    after_us: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int32]
    status: npt.NDArray[np.int32]

    def where(self, chosen: Mask | npt.NDArray[np.intp]) -> _Deliveries:
        return _Deliveries(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def changed(self, *, after_us: int, kind: int | None = None, status: int = _PUT) -> _Deliveries:
        kinds = self.kind if kind is None else np.full_like(self.kind, kind)
        statuses = np.full_like(self.status, status)
        return _Deliveries(self.input, self.rendition, self.step, self.after_us + after_us, kinds, statuses)


def draw_ingress(
    rngs: Sequence[np.random.Generator], channels: tuple[Channel, ...], slice_: Slice, incidents: Incidents
) -> Requests:
    """What channels of one version get in a slice of 5 minutes, each channel by its own random numbers."""
    parts = [_channel(rng, channel, slice_, incidents) for rng, channel in zip(rngs, channels, strict=True)]
    per_input = [
        (channel, input_, each) for channel in channels for input_, each in zip(INPUTS, channel.inputs, strict=True)
    ]
    made = _joined(parts)
    at_us = (slice_.hour_s + slice_.first + made.step * SEGMENT_S) * 1_000_000 + made.after_us
    order = np.argsort(at_us, kind="stable")
    made, at_us = made.where(order), at_us[order]
    rng, count = rngs[0], len(at_us)
    version = channels[0].version

    first = np.array([channel.number(slice_.hour_s + slice_.first) for channel, *_ in per_input])
    number = first[made.input] + made.step - np.where(made.status == _DELETED, _KEPT, 0)
    is_segment = made.kind == _SEGMENT
    url = pc.binary_join_element_wise(
        take(pa.array([each.base for *_, each in per_input], pa.string()), made.input),
        "channel",
        pc.if_else(pa.array(made.kind == _MASTER), _NOTHING, take(_RENDITION_ENDINGS, made.rendition)),
        pc.if_else(pa.array(is_segment), _number_endings(version, number), _NOTHING),
        pc.if_else(pa.array(is_segment), pa.scalar(".ts"), pa.scalar(".m3u8")),
        "",
    )
    is_put = made.status == _PUT
    is_audio = made.rendition == RENDITIONS.index(AUDIO)
    body = np.where(is_segment, rng.lognormal(np.where(is_audio, 11.5, 14.8), 0.15, count), rng.normal(1200, 40, count))
    return Requests(
        direction=Direction.INGRESS,
        at_us=at_us,
        columns={
            "time": iso_times(at_us, digits=6 if version is Version.V1 else 3),
            "milliseconds": numbers(at_us // 1000),
            "address": take(pa.array([each.address for *_, each in per_input], pa.string()), made.input),
            "first_byte": seconds(np.where(made.status == _CUT, -1, rng.integers(35, 110, count))),
            "status": take(_STATUSES, made.status),
            "received": numbers(np.where(is_put, body, rng.integers(300, 500, count)).astype(np.int64)),
            "sent": numbers(np.where(made.status == _CUT, 0, rng.integers(560, 640, count))),
            "method": take(_METHODS, (made.status == _DELETED).astype(np.int32)),
            "url": url,
            "protocol": pa.repeat("HTTP/1.1", count),
            "agent": pa.repeat(ENCODER, count),
            "domain": take(pa.array([each.host for *_, each in per_input], pa.string()), made.input),
            "request_id": request_ids(rng, at_us),
        },
        identities=pa.array([each.identity for *_, each in per_input], pa.string()),
        identity=made.input,
        truth=Truth(
            places=[each.place for *_, each in per_input],
            place=made.input,
            kind=made.kind,
            status_class=_STATUS_CLASS[made.status],
            marks={
                "aborted": made.status == _CUT,
                "not_modified": np.zeros(count, dtype=bool),
                "challenged": made.status == _CHALLENGE,
            },
            is_delivered=is_segment & is_put,
        ),
    )


_RENDITION_ENDINGS = pa.array([f"_{rendition}" for rendition in RENDITIONS], pa.string())


def _number_endings(version: Version, number: npt.NDArray[np.int64]) -> pa.StringArray:
    """`_` and the number of a segment, which v2's encoder fills up with zeros."""
    text = numbers(number)
    if version is Version.V2:
        text = pc.utf8_lpad(text, 8, "0")
    return pc.binary_join_element_wise("_", text, "")


def _channel(
    rng: np.random.Generator, channel: Channel, slice_: Slice, incidents: Incidents
) -> tuple[int, _Deliveries]:
    """The channel's number of inputs, and its deliveries, whose inputs count from 0."""
    shape = (len(INPUTS), len(RENDITIONS), _SEGMENTS)
    input_, rendition, step = (axis.ravel() for axis in np.indices(shape))
    jitter = rng.integers(0, 300_000, input_.size)
    after_us = 500_000 + rendition * 90_000 + (input_ * channel.skew_s * 1_000_000).astype(np.int64) + jitter
    whole = np.ones(input_.size, dtype=np.int32)
    segments = _Deliveries(
        input_.astype(np.int32), rendition.astype(np.int32), step, after_us, _SEGMENT * whole, _PUT * whole
    )
    started_s = slice_.hour_s + slice_.first
    segments = segments.where(_is_there(segments, channel, started_s, incidents))
    count = len(segments.input)
    drawn = rng.random(count)
    is_challenged = drawn < (_CHALLENGED if channel.version is Version.V1 else 0)
    is_failed, is_cut = drawn > 1 - _FAILED, drawn > 1 - _FAILED / 4
    # Where a status is a number there is none without.
    failure = _CUT if channel.version is Version.V1 else _ERROR
    is_audio = segments.rendition == RENDITIONS.index(AUDIO)
    is_first = segments.rendition == 0
    return len(INPUTS), _concatenated(
        [
            segments,
            segments.changed(after_us=350_000, kind=_MEDIA),
            segments.where(is_first & (segments.step % _MASTER_EVERY == 0)).changed(after_us=420_000, kind=_MASTER),
            segments.where(is_audio).changed(after_us=600_000, status=_DELETED),
            segments.where(is_challenged).changed(after_us=-80_000, status=_CHALLENGE),
            segments.where(is_failed & ~is_cut).changed(after_us=-200_000, status=_ERROR),
            segments.where(is_cut).changed(after_us=-200_000, status=failure),
        ]
    )


def _is_there(segments: _Deliveries, channel: Channel, started_s: int, incidents: Incidents) -> Mask:
    """What no incident keeps away."""
    gap, silence = incidents.gap, incidents.silence
    is_there: Mask = np.ones(len(segments.input), dtype=bool)
    if channel.id == gap.channel:
        missing = channel.number(started_s) + segments.step - gap.first_missing_number
        is_gap = (segments.input == INPUTS.index(gap.input)) & (segments.rendition == RENDITIONS.index(gap.rendition))
        is_there &= ~(is_gap & (missing >= 0) & (missing < gap.count))
    if channel.id == silence.channel:
        begins_s = started_s + segments.step * SEGMENT_S
        is_silent = (begins_s >= seconds_since_1970(silence.starts)) & (begins_s < seconds_since_1970(silence.ends))
        is_there &= ~(is_silent & (segments.input == INPUTS.index(silence.input)))
    return is_there


def _joined(parts: Sequence[tuple[int, _Deliveries]]) -> _Deliveries:
    """The deliveries of all channels, the inputs numbered through."""
    shifted, before = [], 0
    for inputs, made in parts:
        shifted.append(
            _Deliveries(made.input + before, made.rendition, made.step, made.after_us, made.kind, made.status)
        )
        before += inputs
    return _concatenated(shifted)


def _concatenated(parts: Sequence[_Deliveries]) -> _Deliveries:
    return _Deliveries(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _Deliveries.__dataclass_fields__)
    )
