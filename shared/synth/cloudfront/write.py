"""Writing a sample into a folder: the first delivery, and the late one of the day after."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shared.synth.cloudfront.content import Piece, broken_object_text, first_delivery, late_delivery
from shared.synth.cloudfront.plan import PlannedObject, object_key, plan_objects
from shared.synth.cloudfront.render import header
from shared.synth.cloudfront.spec import RawFormat, SampleSpec
from shared.synth.cloudfront.special import special_objects
from shared.synth.objects import GZIP_LEVEL, Progress, for_each, gzip_member, store
from shared.synth.report import SampleReport

_LATE_EVERY = 3  # every third object gets a late one
_AGAIN_EVERY = 10  # every tenth is delivered again as a whole


def write_cloudfront(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write the objects of a sample below `out` and return the truth about them.

    `progress` is called with the number of records written since its last call. Modification times are those of a
    plausible delivery, so that they, too, are the same for the same spec.
    """
    planned = plan_objects(spec)
    report = for_each(
        partial(_write_first, out, spec),
        planned,
        nothing=SampleReport(),
        processes=spec.processes,
        progress=progress,
    )
    if spec.special:
        whole = gzip_member(broken_object_text(spec, planned[0]))
        for special in special_objects(spec, whole):
            store(out, special.key, special.data, spec.first_hour + timedelta(hours=spec.hours, minutes=20))
            report += special.report
    return report


def write_late(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write what arrives a day later for the hours of `spec`: late rows, repeated rows, whole objects again.

    The report is of this delivery alone, on top of the first: add the two for the state of the lake after both.
    """
    planned = plan_objects(spec)
    each = partial(for_each, nothing=SampleReport(), processes=spec.processes, progress=progress)
    late: SampleReport = each(partial(_write_late, out, spec), planned[::_LATE_EVERY])
    again: SampleReport = each(partial(_write_again, out, spec), planned[1::_AGAIN_EVERY])
    return late + again


def _write_first(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, first_delivery(spec, planned))
    total = report
    for delivery in range(planned.copies + 1):
        store(out, planned.key(spec, delivery), data, planned.delivered(spec, delivery))
        if delivery:
            total += report.as_repeated()
    return total


def _write_late(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, late_delivery(spec, planned))
    store(out, object_key(spec, planned, "late"), data, planned.delivered(spec) + timedelta(days=1))
    return report


def _write_again(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, first_delivery(spec, planned))
    store(out, object_key(spec, planned, "again"), data, planned.delivered(spec) + timedelta(days=1))
    return report.as_repeated()


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
