"""Writing a sample into a folder: the first delivery, and the late one of the day after."""

from __future__ import annotations

import multiprocessing
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shared.synth.content import Piece, broken_object_text, first_delivery, late_delivery
from shared.synth.plan import PlannedObject, object_key, plan_objects
from shared.synth.render import header
from shared.synth.spec import RawFormat, SampleReport, SampleSpec
from shared.synth.special import gzip_member, special_objects

_LATE_EVERY = 3  # every third object gets a late one
_AGAIN_EVERY = 10  # every tenth is delivered again as a whole
_GZIP_LEVEL = 6

Progress = Callable[[int], None]


def write_cloudfront(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write the objects of a sample below `out` and return the truth about them.

    `progress` is called with the number of records written since its last call. Modification times are those of a
    plausible delivery, so that they, too, are the same for the same spec.
    """
    planned = plan_objects(spec)
    report = _for_each(partial(_write_first, out, spec), planned, spec.processes, progress)
    if spec.special:
        whole = gzip_member(broken_object_text(spec, planned[0]))
        for special in special_objects(spec, whole):
            _store(out, special.key, special.data, spec.first_hour + timedelta(hours=spec.hours, minutes=20))
            report += special.report
    return report


def write_late(out: Path, spec: SampleSpec, *, progress: Progress | None = None) -> SampleReport:
    """Write what arrives a day later for the hours of `spec`: late rows, repeated rows, whole objects again.

    The report is of this delivery alone, on top of the first: add the two for the state of the lake after both.
    """
    planned = plan_objects(spec)
    late = _for_each(partial(_write_late, out, spec), planned[::_LATE_EVERY], spec.processes, progress)
    again = _for_each(partial(_write_again, out, spec), planned[1::_AGAIN_EVERY], spec.processes, progress)
    return late + again


def _for_each(
    write: Callable[[PlannedObject], SampleReport],
    planned: Sequence[PlannedObject],
    processes: int,
    progress: Progress | None,
) -> SampleReport:
    def collect(reports: Iterable[SampleReport]) -> SampleReport:
        total = SampleReport()
        for report in reports:
            total += report
            if progress:
                progress(report.records)
        return total

    if processes == 1 or len(planned) == 1:
        return collect(map(write, planned))
    # Spawned, because Arrow's threads do not survive a fork.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return collect(pool.map(write, planned, chunksize=max(1, len(planned) // (processes * 16))))


def _write_first(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, first_delivery(spec, planned))
    total = report
    for delivery in range(planned.copies + 1):
        _store(out, planned.key(spec, delivery), data, planned.delivered(spec, delivery))
        if delivery:
            total += report.as_repeated()
    return total


def _write_late(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, late_delivery(spec, planned))
    _store(out, object_key(spec, planned, "late"), data, planned.delivered(spec) + timedelta(days=1))
    return report


def _write_again(out: Path, spec: SampleSpec, planned: PlannedObject) -> SampleReport:
    data, report = _packed(planned.format, first_delivery(spec, planned))
    _store(out, object_key(spec, planned, "again"), data, planned.delivered(spec) + timedelta(days=1))
    return report.as_repeated()


def _packed(format_: RawFormat, pieces: Iterator[Piece]) -> tuple[bytes, SampleReport]:
    """The bytes of an object in its container, and the report on it."""
    return _parquet(pieces) if format_ is RawFormat.V2_PARQUET else _gzipped(format_, pieces)


def _gzipped(format_: RawFormat, pieces: Iterator[Piece]) -> tuple[bytes, SampleReport]:
    head = header(format_)
    # zlib's gzip header has modification time 0 and no name: equal text gives equal bytes.
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
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


def _store(out: Path, key: str, data: bytes, delivered: datetime) -> None:
    path = out / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    seconds = delivered.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))
