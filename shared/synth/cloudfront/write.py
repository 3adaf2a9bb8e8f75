"""Writing a sample into a folder: the first delivery, and the late one of the day after."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shared.synth.cloudfront.content import Piece, first_delivery, late_delivery
from shared.synth.cloudfront.plan import PlannedObject, plan_objects
from shared.synth.cloudfront.render import header
from shared.synth.cloudfront.spec import RawFormat, SampleSpec
from shared.synth.cloudfront.special import special_objects
from shared.synth.delivery import deliver, deliver_late
from shared.synth.objects import GZIP_LEVEL, Progress
from shared.synth.report import SampleReport


def write_cloudfront(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write the objects of a sample below `out` and return the truth about them.

    `progress` is called with the number of records written since its last call. Modification times are those of a
    plausible delivery, so that they, too, are the same for the same spec.
    """
    planned = plan_objects(spec)
    specials = special_objects(spec, planned[0]) if spec.special else ()
    return deliver(out, spec, planned, _first, specials=specials, nothing=SampleReport(), progress=progress)


def write_late(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write what arrives a day later for the hours of `spec`: late rows, repeated rows, whole objects again.

    The report is of this delivery alone, on top of the first: add the two for the state of the lake after both.
    """
    planned = plan_objects(spec)
    return deliver_late(
        out,
        spec,
        planned,
        _first,
        may_be_late=planned,
        pack_late=_late,
        nothing=SampleReport(),
        progress=progress,
    )


def _first(spec: SampleSpec, planned: PlannedObject) -> tuple[bytes, SampleReport]:
    return _packed(planned.format, first_delivery(spec, planned))


def _late(spec: SampleSpec, planned: PlannedObject) -> tuple[bytes, SampleReport]:
    return _packed(planned.format, late_delivery(spec, planned))


def _packed(format_: RawFormat, pieces: Iterator[Piece]) -> tuple[bytes, SampleReport]:
    """The bytes of an object in its container, and the report on it."""
    return _parquet(pieces) if format_ is RawFormat.V2_PARQUET else _gzipped(format_, pieces)


def _gzipped(format_: RawFormat, pieces: Iterator[Piece]) -> tuple[bytes, SampleReport]:
    head = header(format_)
    # zlib's gzip header has modification time 0 and no name: equal text gives equal bytes.
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    parts, size = [packer.compress(head)], len(head)
    report = SampleReport(ignored={"header": head.count(b"\n")} if head else {})
    for piece in pieces:
        parts.append(packer.compress(piece.text))
        size += len(piece.text)
        report += piece.report
    data = b"".join([*parts, packer.flush()])
    return data, replace(report, objects=1, bytes_written=len(data), bytes_uncompressed=size)


def _parquet(pieces: Iterator[Piece]) -> tuple[bytes, SampleReport]:
    tables: list[pa.Table] = []
    report = SampleReport()
    for piece in pieces:
        tables.append(piece.rows)
        report += piece.report
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, tables[0].schema) as writer:
        for rows in tables:
            writer.write_table(rows)
    data = sink.getvalue().to_pybytes()
    return data, replace(report, objects=1, bytes_written=len(data), bytes_uncompressed=len(data))
