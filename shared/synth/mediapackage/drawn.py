"""Drawing the requests of a planned object, piece by piece, with their damage."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.columns import joined
from shared.synth.damage import Damages
from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.damage import KINDS
from shared.synth.mediapackage.egress import draw_egress
from shared.synth.mediapackage.envelopes import Events, envelopes, event_ids
from shared.synth.mediapackage.incidents import incidents
from shared.synth.mediapackage.ingress import draw_ingress
from shared.synth.mediapackage.plan import PlannedObject
from shared.synth.mediapackage.render import ESCAPED, Layout, records
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.requests import Direction, Requests
from shared.synth.mediapackage.spec import MediaPackageSpec

ROWS_PER_PIECE = 32_768
"""Egress requests drawn and rendered at once: bounds the memory."""

CHANNELS_PER_PIECE = 16
"""Channels whose ingress is drawn and rendered at once: some 13,000 requests."""

Places = npt.NDArray[np.int64]


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
class Drawn:
    """Requests of a piece with their damage; of v1 as log events, too, in which the damage is done."""

    planned: PlannedObject
    requests: Requests
    damages: Damages
    events: Events | None

    @property
    def undamaged(self) -> Places:
        """Requests that are repeated as they are."""
        return np.setdiff1d(np.arange(len(self.requests)), self.damages.places)

    def report(self, places: Places | None = None) -> MediaPackageReport:
        """What a right reader makes of these requests, or of some."""
        among = np.full(len(self.requests), places is None)
        if places is not None:
            among[places] = True
        damages = self.damages.among(among)
        good = self.requests.report(self.damages.is_good(len(self.requests)) & among)
        quarantined = damages.counts(lambda kind: kind.reason)
        return replace(
            good,
            records=good.records + quarantined.total(),
            quarantined=quarantined,
            flagged=damages.counts(lambda kind: kind.flag),
        )

    def members(self) -> list[bytes]:
        """Their text, in parts that can be gzip members: each envelope is one."""
        if self.events is not None:
            return list(envelopes(self.requests.direction, self.events))
        return [self.damages.apply(self._lines)]

    def lines(self, places: Places) -> bytes:
        """Undamaged lines of some requests."""
        return joined(self._lines.take(pa.array(places)))

    @property
    def _lines(self) -> pa.StringArray:
        return records(self.planned.stream.layout, self.requests, end="\n")


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
    # What encoders delivered stays whole, lest the truth about it change.
    damages = Damages.draw(rng, KINDS[version], len(requests), share).among(~requests.truth.is_delivered)
    if version is Version.V2:
        return Drawn(planned, requests, damages, None)
    ids = event_ids(
        np.random.default_rng([spec.seed, RandomStream.EVENT_IDS, stream, planned.index, number]), len(requests)
    )
    messages = _damaged(records(planned.stream.layout, requests, quote=ESCAPED), damages)
    return Drawn(planned, requests, damages, Events(ids, requests.at_us, messages))


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
