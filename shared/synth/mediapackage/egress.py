"""Drawing egress requests: who asks which endpoint for what, how it ends, and how long the first byte takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.columns import numbers, take
from shared.synth.mediapackage.channels import SEGMENT_S, Channel, Version
from shared.synth.mediapackage.outcomes import (
    ABORTED,
    CDN_MANIFEST,
    CDN_SEGMENT,
    CLIENT_GONE,
    DIRECT,
    NO_STATUS,
    NOT_MODIFIED,
    OUT_OF_WINDOW,
    SENT,
    STATUS_CLASS,
    STATUSES,
    WAVE,
    Sent,
)
from shared.synth.mediapackage.report import Wave
from shared.synth.mediapackage.requesters import requesters
from shared.synth.mediapackage.requests import Direction, Mask, Requests, Truth, iso_times, request_ids, seconds
from shared.synth.mediapackage.resources import CLASSES, Catalogue, catalogue
from shared.synth.mediapackage.timeshift import KINDS, Shifts, shifts
from shared.synth.population import Codes, Population
from shared.synth.slices import Slice, seconds_since_1970

_DIRECT_SHARE, _DIRECT_SHARE_IN_WAVE = 0.03, 0.3
_SHIFTED, _FILTERED = 0.06, 0.04  # of the manifest requests
_RELOADS = 0.85  # of the requests for media playlists of low-latency HLS
_PARTS = 6  # of a segment of low-latency HLS
_LONG_AGO = 5000  # segments: further back than any start-over window
_METHODS = Population.of(["GET", "HEAD", "OPTIONS"], [0.985, 0.01, 0.005])
_PROTOCOLS = Population.of(["HTTP/1.1", "HTTP/2.0"], [0.35, 0.65])
_NOTHING = pa.scalar("")
_SEGMENT = CLASSES.index("segment")


def draw_egress(
    rng: np.random.Generator,
    seed: int,
    channels: tuple[Channel, ...],
    slice_: Slice,
    wave: Wave,
    *,
    count: int,
    has_missing_status: bool,
) -> Requests:
    """`count` requests to endpoints of channels of one version.

    `has_missing_status`: a status may be `-`; else such a request has the load balancer's 460.
    """
    things, version = catalogue(channels), channels[0].version
    first, end = slice_.first * 1_000_000, slice_.end * 1_000_000
    at_us = slice_.hour_s * 1_000_000 + np.sort(rng.integers(first, end, count))
    at_s = at_us // 1_000_000
    in_wave = (at_s >= seconds_since_1970(wave.starts)) & (at_s < seconds_since_1970(wave.ends))
    is_direct = rng.random(count) < np.where(in_wave, _DIRECT_SHARE_IN_WAVE, _DIRECT_SHARE)
    agents, addresses = _who(rng, seed, is_direct)

    asked = things.drawn.draw(rng, count)
    is_manifest = things.is_manifest[asked]
    is_blocking = things.is_blocking[asked] & (rng.random(count) < _RELOADS)
    outcome = _outcomes(rng, is_manifest, is_direct, in_wave)
    if not has_missing_status:
        outcome[outcome == NO_STATUS] = CLIENT_GONE
    ways = shifts(version, slice_.hour)
    way = _ways(rng, ways, is_manifest & ~is_blocking, things.is_mss[asked], things.is_live[asked])
    outcome[ways.is_refused[way]] = OUT_OF_WINDOW
    number = _numbers(rng, things, asked, at_s, outcome)

    base = pc.binary_join_element_wise(
        take(things.base, asked),
        take(ways.in_path, way),
        take(things.file, asked),
        pc.if_else(pa.array(things.step[asked] > 0), numbers(number * np.maximum(things.step[asked], 1)), _NOTHING),
        take(things.ending, asked),
        "",
    )
    query = pc.if_else(pa.array(is_blocking), _reloads(rng, number), take(ways.query, way))
    sent = _sent_bytes(rng, things.log_size[asked], SENT[outcome])
    return Requests(
        direction=Direction.EGRESS,
        at_us=at_us,
        columns={
            "time": iso_times(at_us, digits=6 if version is Version.V1 else 3),
            "milliseconds": numbers(at_us // 1000),
            "address": addresses,
            "first_byte": seconds(_first_byte_ms(rng, outcome, is_manifest, is_blocking)),
            "status": take(STATUSES, outcome),
            "received": numbers(rng.integers(57, 900, count)),
            "sent": numbers(np.where(outcome == NO_STATUS, 0, sent)),
            "method": take(_METHODS.values, _METHODS.draw(rng, count)),
            "url": _with_query(base, query) if version is Version.V1 else base,
            "query": query,
            "protocol": take(_PROTOCOLS.values, _PROTOCOLS.draw(rng, count)),
            "agent": agents,
            "domain": pc.if_else(pa.array(rng.random(count) < 0.995), take(things.host, asked), pa.scalar("-")),
            "request_id": request_ids(rng, at_us),
            "manifest_name": take(things.manifest_name, asked),
            "manifest_type": take(things.manifest_type, asked),
        },
        identities=things.identity,
        identity=asked,
        truth=Truth(
            places=things.places,
            place=things.place[asked],
            kind=things.kind[asked],
            status_class=STATUS_CLASS[outcome],
            marks={
                "aborted": ABORTED[outcome],
                "not_modified": NOT_MODIFIED[outcome],
                "blocking_reload": is_blocking,
                "direct": is_direct,
                "manifest_filter": ways.is_filtered[way],
                **{kind: ways.kind[way] == code for code, kind in enumerate(KINDS)},
            },
            is_delivered=np.zeros(count, dtype=bool),
        ),
    )


def _who(rng: np.random.Generator, seed: int, is_direct: Mask) -> tuple[pa.StringArray, pa.StringArray]:
    """User agents and addresses."""
    who, count = requesters(seed), len(is_direct)
    edge, viewer = who.cdns.draw(rng, count), who.directs.draw(rng, count)
    agent = np.where(is_direct, who.agent_of_direct[viewer], who.agent_of_cdn[edge])
    address = pc.if_else(pa.array(is_direct), take(who.directs.values, viewer), take(who.cdns.values, edge))
    return take(who.agents.values, agent.astype(np.int32)), address


def _outcomes(rng: np.random.Generator, is_manifest: Mask, is_direct: Mask, in_wave: Mask) -> Codes:
    count = len(is_manifest)
    of_cdn = np.where(is_manifest, CDN_MANIFEST.draw(rng, count), CDN_SEGMENT.draw(rng, count))
    of_direct = np.where(in_wave, WAVE.draw(rng, count), DIRECT.draw(rng, count))
    return np.where(is_direct, of_direct, of_cdn)


def _numbers(
    rng: np.random.Generator, things: Catalogue, asked: Codes, at_s: npt.NDArray[np.int64], outcome: Codes
) -> npt.NDArray[np.int64]:
    """Segment numbers: the newest ones, or ones that are gone; any of a film."""
    count = len(asked)
    newest = (at_s - things.first_number_s[asked]) // SEGMENT_S
    behind = rng.integers(1, 4, count) + np.where(outcome == OUT_OF_WINDOW, _LONG_AGO, 0)
    return np.where(things.is_live[asked], newest - behind, rng.integers(1, 900, count))


def _ways(rng: np.random.Generator, ways: Shifts, may_shift: Mask, is_mss: Mask, is_live: Mask) -> Codes:
    """How manifests are asked for, as indexes into `ways`; only live ones for another time, MSS only in the path."""
    count, drawn = len(may_shift), rng.random(len(may_shift))
    shifted = rng.choice(ways.shifted, count)
    if len(ways.in_paths):
        shifted = np.where(is_mss, rng.choice(ways.in_paths, count), shifted)
    way = np.where(may_shift & is_live & (drawn < _SHIFTED), shifted, 0)
    is_filtered = may_shift & ~is_mss & (drawn >= _SHIFTED) & (drawn < _SHIFTED + _FILTERED)
    return np.where(is_filtered, rng.choice(ways.filtered, count), way).astype(np.int32)


def _reloads(rng: np.random.Generator, number: npt.NDArray[np.int64]) -> pa.StringArray:
    part = numbers(rng.integers(0, _PARTS, len(number)))
    skip = pc.if_else(pa.array(rng.random(len(number)) < 0.3), pa.scalar("&_HLS_skip=YES"), _NOTHING)
    return pc.binary_join_element_wise("_HLS_msn=", numbers(number + 4), "&_HLS_part=", part, skip, "")


def _with_query(base: pa.StringArray, query: pa.StringArray) -> pa.StringArray:
    mark = pc.if_else(pc.equal(query, ""), _NOTHING, pa.scalar("?"))
    return pc.binary_join_element_wise(base, mark, query, "")


def _first_byte_ms(
    rng: np.random.Generator, outcome: Codes, is_manifest: Mask, is_blocking: Mask
) -> npt.NDArray[np.int64]:
    """Milliseconds; -1 to -3 where the client was gone. A blocking reload waits for the part that it asks for."""
    count = len(outcome)
    taken = rng.lognormal(np.where(is_manifest, 3.0, 3.6), 0.7, count) + np.where(
        is_blocking, rng.uniform(300, 2000, count), 0
    )
    gone = -np.where(outcome == NO_STATUS, 1, rng.integers(1, 4, count))
    return np.where((outcome == CLIENT_GONE) | (outcome == NO_STATUS), gone, taken.astype(np.int64))


def _sent_bytes(
    rng: np.random.Generator, log_size: npt.NDArray[np.float64], sent: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Bytes with the headers: of all of the body, a part, or the headers alone."""
    count = len(sent)
    body = rng.lognormal(log_size, 0.4, count)
    share = np.select([sent == Sent.ALL, sent == Sent.PART], [np.ones(count), rng.random(count)], 0.0)
    return (body * share).astype(np.int64) + rng.integers(250, 700, count)
