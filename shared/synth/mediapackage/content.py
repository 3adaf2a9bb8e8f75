"""What stands in a planned object, with the truth about it. Pure: no file is touched here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shared.raw.records import CONTROL_MESSAGE
from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.drawn import Drawn, RandomStream, drawn_from, first_drawn, piece_count, rng_of
from shared.synth.mediapackage.envelopes import CONTROL, EVENTS_PER_ENVELOPE
from shared.synth.mediapackage.plan import PlannedObject
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.spec import MediaPackageSpec

_LATE_ROWS = 0.05  # of the rows of the object that a late one comes after
_REPEATED = 0.02  # of the envelopes or lines of that object's first piece


@dataclass(frozen=True)
class Piece:
    """Part of an object: the texts of its gzip members; the report lacks objects and bytes."""

    members: Sequence[bytes]
    report: MediaPackageReport


def first_delivery(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object as it arrives first."""
    if planned.stream.version is Version.V1:
        yield from _control(spec, planned)
    for number in range(piece_count(planned)):
        drawn = first_drawn(spec, planned, number)
        yield Piece(drawn.members(), drawn.report())
        rng = rng_of(spec, planned, number, RandomStream.REPEATS)
        yield from _repeats(drawn, rng, spec.duplicate_records)


def late_delivery(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object that arrives a day after `planned`, of the same minutes: new rows, then some of the old ones."""
    late = drawn_from(spec, planned, 0, RandomStream.LATE, count=max(1, round(planned.rows * _LATE_ROWS)))
    yield Piece(late.members(), late.report())
    rng = rng_of(spec, planned, 0, RandomStream.LATE_REPEATS)
    yield from _repeats(first_drawn(spec, planned, 0), rng, _REPEATED)


def _control(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Piece]:
    """Now and then a health probe comes first."""
    if rng_of(spec, planned, 0, RandomStream.CONTROL).random() < spec.control_share:
        milliseconds = (planned.slice.hour_s + planned.slice.first) * 1000
        yield Piece([(CONTROL % milliseconds).encode()], MediaPackageReport(ignored={CONTROL_MESSAGE: 1}))


def _repeats(drawn: Drawn, rng: np.random.Generator, share: float) -> Iterator[Piece]:
    """Some of a piece once more: lines by themselves, log events with the envelope that they came in."""
    count = len(drawn.requests)
    if drawn.events is None:
        places = np.intersect1d(np.flatnonzero(rng.random(count) < share), drawn.undamaged)
        members = [drawn.lines(places)]
    else:
        is_repeated = rng.random(-(-count // EVENTS_PER_ENVELOPE)) < share
        places = np.flatnonzero(is_repeated[np.arange(count) // EVENTS_PER_ENVELOPE])
        members = list(itertools.compress(drawn.members(), is_repeated))
    if len(places):
        yield Piece(members, drawn.report(places).as_repeated())
