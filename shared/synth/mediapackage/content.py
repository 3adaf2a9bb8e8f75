"""What stands in a planned object, piece by piece, with the truth about it. Pure: no file is touched here."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.raw.records import CONTROL_MESSAGE
from shared.synth.columns import joined
from shared.synth.damage import Damages
from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.damage import KINDS
from shared.synth.mediapackage.egress import draw_egress
from shared.synth.mediapackage.envelopes import CONTROL, EVENTS_PER_ENVELOPE, Events, envelopes, event_ids
from shared.synth.mediapackage.incidents import incidents
from shared.synth.mediapackage.ingress import draw_ingress
from shared.synth.mediapackage.plan import PlannedObject
from shared.synth.mediapackage.render import ESCAPED, Layout, records
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.requests import Direction, Mask, Requests
from shared.synth.mediapackage.spec import MediaPackageSpec

ROWS_PER_PIECE = 32_768
"""Egress requests drawn and rendered at once: bounds the memory."""

CHANNELS_PER_PIECE = 16
"""Channels whose ingress is drawn and rendered at once: some 13,000 requests."""

_LATE_ROWS = 0.05  # of the rows of the object that a late one comes after
_REPEATED = 0.02  # of the envelopes or lines of that object's first piece

_Places = npt.NDArray[np.int64]


class RandomStream(IntEnum):
    """Streams of random numbers of an object; drawing more from one must not change what another draws."""

    REQUESTS = 16
    DAMAGE = 17
    REPEATS = 18
    EVENT_IDS = 19
    CONTROL = 20
    LATE = 21
    LATE_REPEATS = 22
    SPECIAL = 23


@dataclass(frozen=True)
class Piece:
    """Part of an object: the texts of its gzip members; the report lacks objects and bytes."""

    members: tuple[bytes, ...]
    report: MediaPackageReport


@dataclass(frozen=True)
class Drawn:
    """Requests of a piece with their damage; of v1 as log events, too, in which the damage is done."""

    planned: PlannedObject
    requests: Requests
    damages: Damages
    events: Events | None

    @property
    def undamaged(self) -> _Places:
        """Requests that are repeated as they are."""
        return np.setdiff1d(np.arange(len(self.requests)), self.damages.places)

    def report(self, places: _Places | None = None) -> MediaPackageReport:
        """What a right reader makes of these requests, or of all."""
        count = len(self.requests)
        among = np.ones(count, dtype=bool)
        if places is not None:
            among[:] = False
            among[places] = True
        good = self.requests.report(self.damages.is_good(count) & among)
        is_among = among[self.damages.places]
        damages = Damages(
            self.damages.places[is_among],
            tuple(kind for kind, is_in in zip(self.damages.kinds, is_among, strict=True) if is_in),
        )
        quarantined = damages.counts(lambda kind: kind.reason)
        return replace(
            good,
            records=good.records + quarantined.total(),
            quarantined=quarantined,
            flagged=damages.counts(lambda kind: kind.flag),
        )

    def members(self, places: _Places | None = None) -> Iterator[bytes]:
        """Their texts (or those of some), as many as there are gzip members: each envelope is one."""
        if self.events is not None:
            chosen = self.events if places is None else self.events.take(places)
            yield from envelopes(self.requests.direction, chosen)
            return
        lines = records(self.planned.stream.layout, self.requests, end="\n")
        yield self.damages.apply(lines) if places is None else joined(lines.take(pa.array(places)))


def first_delivery(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object as it arrives first."""
    if planned.stream.version is Version.V1:
        yield from _control(spec, planned)
    for number in range(piece_count(planned)):
        drawn = first_drawn(spec, planned, number)
        yield Piece(tuple(drawn.members()), drawn.report())
        rng = rng_of(spec, planned, number, RandomStream.REPEATS)
        yield from _repeats(drawn, rng, spec.duplicate_records)


def late_delivery(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object that arrives a day after `planned`, of the same minutes: new rows, then some of the old ones."""
    late = drawn_from(spec, planned, 0, RandomStream.LATE, count=max(1, round(planned.rows * _LATE_ROWS)))
    yield Piece(tuple(late.members()), late.report())
    rng = rng_of(spec, planned, 0, RandomStream.LATE_REPEATS)
    yield from _repeats(first_drawn(spec, planned, 0), rng, _REPEATED)


def piece_count(planned: PlannedObject) -> int:
    """How many pieces an object is made in."""
    if planned.stream.direction is Direction.INGRESS:
        return -(-len(planned.stream.channels) // CHANNELS_PER_PIECE)
    return -(-planned.rows // ROWS_PER_PIECE)


def first_drawn(spec: MediaPackageSpec, planned: PlannedObject, number: int) -> Drawn:
    """A piece of the first delivery."""
    if planned.stream.direction is Direction.EGRESS:
        count = min(ROWS_PER_PIECE, planned.rows - number * ROWS_PER_PIECE)
        return drawn_from(spec, planned, number, RandomStream.REQUESTS, count=count, share=spec.malformed_share)
    channels = planned.stream.channels[number * CHANNELS_PER_PIECE : (number + 1) * CHANNELS_PER_PIECE]
    rngs = [rng_of(spec, planned, channel.rank, RandomStream.REQUESTS) for channel in channels]
    requests = draw_ingress(rngs, channels, planned.slice, incidents(spec))
    return _drawn(spec, planned, number, RandomStream.REQUESTS, requests, spec.malformed_share)


def drawn_from(
    spec: MediaPackageSpec,
    planned: PlannedObject,
    number: int,
    stream: RandomStream,
    *,
    count: int,
    share: float = 0.0,
) -> Drawn:
    """Egress requests of the part of the object's slice that belongs to piece `number`; a share of them damaged."""
    whole, pieces = planned.slice, piece_count(planned)
    start = whole.first + (whole.end - whole.first) * number // pieces
    end = whole.first + (whole.end - whole.first) * (number + 1) // pieces
    requests = draw_egress(
        rng_of(spec, planned, number, stream),
        spec.seed,
        planned.stream.channels,
        replace(whole, first=start, end=max(start + 1, end)),
        incidents(spec).wave,
        count=count,
        has_missing_status=planned.stream.layout is not Layout.V2,
    )
    return _drawn(spec, planned, number, stream, requests, share)


def rng_of(spec: MediaPackageSpec, planned: PlannedObject, number: int, stream: RandomStream) -> np.random.Generator:
    """Random numbers for one purpose of a piece of an object."""
    return np.random.default_rng([spec.seed, stream, planned.index, number])


def _drawn(
    spec: MediaPackageSpec,
    planned: PlannedObject,
    number: int,
    stream: RandomStream,
    requests: Requests,
    share: float,
) -> Drawn:
    version = planned.stream.version
    rng = np.random.default_rng([spec.seed, RandomStream.DAMAGE, stream, planned.index, number])
    damages = _without(Damages.draw(rng, KINDS[version], len(requests), share), requests.truth.is_delivered)
    if version is Version.V2:
        return Drawn(planned, requests, damages, None)
    ids = event_ids(
        np.random.default_rng([spec.seed, RandomStream.EVENT_IDS, stream, planned.index, number]), len(requests)
    )
    messages = _damaged(records(planned.stream.layout, requests, quote=ESCAPED), damages)
    return Drawn(planned, requests, damages, Events(ids, requests.at_us, messages))


def _without(damages: Damages, spared: Mask) -> Damages:
    """What encoders delivered stays whole, lest the truth about it change."""
    kept = ~spared[damages.places]
    return Damages(
        damages.places[kept], tuple(kind for kind, is_kept in zip(damages.kinds, kept, strict=True) if is_kept)
    )


def _damaged(messages: pa.StringArray, damages: Damages) -> pa.StringArray:
    """Messages with the damage done to the records in them."""
    if not damages.kinds:
        return messages
    hurt = messages.take(pa.array(damages.places)).to_pylist()
    changed = [
        json.dumps(kind.damage(message.replace(ESCAPED, '"').encode()).decode())[1:-1]
        for kind, message in zip(damages.kinds, hurt, strict=True)
    ]
    mask = np.zeros(len(messages), dtype=bool)
    mask[damages.places] = True
    return pc.replace_with_mask(messages, pa.array(mask), pa.array(changed, pa.string()))


def _control(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """Now and then a health probe comes first."""
    if rng_of(spec, planned, 0, RandomStream.CONTROL).random() < spec.control_share:
        milliseconds = (planned.slice.hour_s + planned.slice.first) * 1000
        yield Piece(((CONTROL % milliseconds).encode(),), MediaPackageReport(ignored={CONTROL_MESSAGE: 1}))


def _repeats(drawn: Drawn, rng: np.random.Generator, share: float) -> Iterator[Piece]:
    """Some of a piece once more: lines by themselves, log events with the envelope that they came in."""
    count = len(drawn.requests)
    if drawn.events is None:
        places = np.intersect1d(np.flatnonzero(rng.random(count) < share), drawn.undamaged)
        members = tuple(drawn.members(places)) if len(places) else ()
    else:
        is_repeated = rng.random(-(-count // EVENTS_PER_ENVELOPE)) < share
        places = np.flatnonzero(is_repeated[np.arange(count) // EVENTS_PER_ENVELOPE])
        members = tuple(itertools.compress(drawn.members(), is_repeated)) if len(places) else ()
    if members:
        yield Piece(members, drawn.report(places).as_repeated())
