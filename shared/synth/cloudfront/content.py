"""What stands in a planned object, piece by piece, with the count of it. Pure: no file is touched here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.synth.cloudfront.damage import KINDS
from shared.synth.cloudfront.plan import PlannedObject
from shared.synth.cloudfront.population import populations
from shared.synth.cloudfront.render import header, lines, table
from shared.synth.cloudfront.requests import Requests, draw_requests
from shared.synth.cloudfront.spec import RawFormat, SampleSpec
from shared.synth.columns import joined
from shared.synth.damage import Damages
from shared.synth.report import SampleReport
from shared.synth.slices import Slice

ROWS_PER_PIECE = 65_536
"""Rows drawn and rendered at once: bounds the memory, and is the row group of Parquet objects."""

_LATE_ROWS = 0.05  # of the rows of the object that a late one comes after
_REPEATED_ROWS = 0.02  # of the rows of that object's first piece
_BROKEN_ROWS = 200

_Mask = npt.NDArray[np.bool_]


class _Stream(IntEnum):
    """Streams of random numbers of an object; drawing more from one must not change what another draws."""

    REQUESTS = 16
    DAMAGE = 17
    REPEATS = 18
    LATE_REQUESTS = 19
    LATE_REPEATS = 20
    BROKEN = 21


@dataclass(frozen=True)
class Piece:
    """Part of an object: its text, or its rows where the format is Parquet; the report lacks objects and bytes."""

    text: bytes
    rows: pa.Table | None
    report: SampleReport


def first_delivery(spec: SampleSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object as it arrives in its hour."""
    for number in range(_piece_count(planned)):
        requests, damages = _first_requests(spec, planned, number)
        is_good = damages.is_good(len(requests))
        is_repeated = _rng(spec, planned, number, _Stream.REPEATS).random(len(requests)) < spec.duplicate_rows
        # Repeats are taken from undamaged lines, so that a repeat equals its original.
        repeated = np.setdiff1d(np.flatnonzero(is_repeated), damages.places)
        quarantined = damages.counts(lambda kind: kind.reason)
        report = SampleReport(
            records=int(is_good.sum()) + quarantined.total() + len(repeated),
            distinct=int(is_good.sum()),
            duplicates=len(repeated),
            rows_by_hour=_by_hour(planned, requests, is_good),
            quarantined=quarantined,
            flagged=damages.counts(lambda kind: kind.flag),
            ignored=damages.counts(lambda kind: kind.ignored),
        )
        if planned.format is RawFormat.V2_PARQUET:
            rows = table(requests)
            yield Piece(b"", pa.concat_tables([rows, rows.take(pa.array(repeated))]), report)
        else:
            text = lines(planned.format, requests)
            yield Piece(damages.apply(text) + joined(text.take(pa.array(repeated))), None, report)


def late_delivery(spec: SampleSpec, planned: PlannedObject) -> Iterator[Piece]:
    """The object that arrives a day after `planned`, for the same hour: new rows, then some of the old ones."""
    count = max(1, round(planned.rows * _LATE_ROWS))
    late = _requests(spec, planned, 0, _Stream.LATE_REQUESTS, count=count)
    by_hour = _by_hour(planned, late, np.ones(count, dtype=bool))
    yield _undamaged(planned, late, np.arange(count), SampleReport(records=count, distinct=count, rows_by_hour=by_hour))

    first, damages = _first_requests(spec, planned, 0)
    is_repeated = _rng(spec, planned, 0, _Stream.LATE_REPEATS).random(len(first)) < _REPEATED_ROWS
    repeated = np.setdiff1d(np.flatnonzero(is_repeated), damages.places)
    yield _undamaged(planned, first, repeated, SampleReport(records=len(repeated), duplicates=len(repeated)))


def broken_object_text(spec: SampleSpec, planned: PlannedObject) -> bytes:
    """Text of an object whose compressed form is to be broken, so that none of its rows may appear anywhere."""
    requests = _requests(spec, planned, 0, _Stream.BROKEN, count=_BROKEN_ROWS)
    return header(RawFormat.V1) + joined(lines(RawFormat.V1, requests))


def _undamaged(
    planned: PlannedObject, requests: Requests, places: npt.NDArray[np.int64], report: SampleReport
) -> Piece:
    if planned.format is RawFormat.V2_PARQUET:
        return Piece(b"", table(requests).take(pa.array(places)), report)
    return Piece(joined(lines(planned.format, requests).take(pa.array(places))), None, report)


def _piece_count(planned: PlannedObject) -> int:
    return -(-planned.rows // ROWS_PER_PIECE)


def _rng(spec: SampleSpec, planned: PlannedObject, number: int, stream: _Stream) -> np.random.Generator:
    return np.random.default_rng([spec.seed, stream, planned.index, number])


def _first_requests(spec: SampleSpec, planned: PlannedObject, number: int) -> tuple[Requests, Damages]:
    count = min(ROWS_PER_PIECE, planned.rows - number * ROWS_PER_PIECE)
    # No row is earlier than the sample: its truth covers whole hours only.
    early_share = spec.late_share if planned.slice.hour > spec.first_hour else 0.0
    requests = _requests(spec, planned, number, _Stream.REQUESTS, count=count, early_share=early_share)
    rng = _rng(spec, planned, number, _Stream.DAMAGE)
    return requests, Damages.draw(rng, KINDS.get(planned.format, ()), count, spec.malformed_share)


def _requests(
    spec: SampleSpec, planned: PlannedObject, number: int, stream: _Stream, *, count: int, early_share: float = 0.0
) -> Requests:
    """Requests of the part of the object's slice that belongs to piece `number`."""
    whole, pieces = planned.slice, _piece_count(planned)
    start = whole.first + (whole.end - whole.first) * number // pieces
    end = whole.first + (whole.end - whole.first) * (number + 1) // pieces
    part = Slice(whole.hour, start, max(start + 1, end))
    rng = _rng(spec, planned, number, stream)
    return draw_requests(rng, populations(spec.seed), planned.distribution, part, count=count, early_share=early_share)


def _by_hour(planned: PlannedObject, requests: Requests, is_good: _Mask) -> dict[datetime, int]:
    hour = planned.slice.hour
    counts = {
        hour - timedelta(hours=1): int((is_good & requests.is_early).sum()),
        hour: int((is_good & ~requests.is_early).sum()),
    }
    return {hour: count for hour, count in counts.items() if count}
