"""The work of `loglake sample`: realistic raw logs of any size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.cli.console import say, size
from shared.cli.progress import progress_bar
from shared.cli.values import print_json
from shared.engine.config import parse_hour
from shared.engine.executor import local_cores
from shared.errors import StorageError
from shared.synth import (
    MIXED,
    V1_ONLY,
    MediaPackageSpec,
    SampleReport,
    SampleSpec,
    write_cloudfront,
    write_late,
    write_late_mediapackage,
    write_mediapackage,
)
from shared.synth.objects import Progress

_DEFAULT_ROWS = 200_000
_ROWS_WORTH_A_PROCESS = 50_000  # a process takes about a second to start; these rows take as long to make
_DIRTY_ROWS, _DIRTY_RECORDS, _DIRTY_OBJECTS, _MALFORMED = 0.001, 0.01, 0.02, 0.002

_Write = Callable[[Progress], SampleReport]


def cloudfront(
    to: Path,
    *,
    rows: int | None,
    gigabytes: float | None,
    start: str,
    hours: int,
    distributions: int,
    files_per_hour: int,
    seed: int,
    mixed: bool,
    dirty: bool,
    late: bool,
    as_json: bool,
) -> None:
    """Write the sample and print what a right reader finds in it."""
    rows = _rows(rows, gigabytes)
    spec = SampleSpec(
        start=parse_hour(start, "--start"),
        rows=rows,
        size_bytes=_bytes(gigabytes),
        hours=hours,
        distributions=distributions,
        files_per_hour=files_per_hour,
        seed=seed,
        formats=MIXED if mixed else V1_ONLY,
        duplicate_rows=_DIRTY_ROWS if dirty else 0.0,
        duplicate_objects=_DIRTY_OBJECTS if dirty else 0.0,
        malformed_share=_MALFORMED if dirty else 0.0,
        special=dirty,
        processes=_processes(rows),
    )
    write = write_late if late else write_cloudfront
    _tell(to, _written(to, rows, lambda progress: write(to, spec, progress=progress)), as_json=as_json)


def mediapackage(
    to: Path,
    *,
    rows: int | None,
    gigabytes: float | None,
    start: str,
    hours: int,
    channels: int,
    seed: int,
    dirty: bool,
    late: bool,
    as_json: bool,
) -> None:
    """Write the sample and print what a right reader finds in it."""
    rows = _rows(rows, gigabytes)
    spec = MediaPackageSpec(
        start=parse_hour(start, "--start"),
        rows=rows,
        size_bytes=_bytes(gigabytes),
        hours=hours,
        channels=channels,
        seed=seed,
        duplicate_records=_DIRTY_RECORDS if dirty else 0.0,
        duplicate_objects=_DIRTY_OBJECTS if dirty else 0.0,
        malformed_share=_MALFORMED if dirty else 0.0,
        special=dirty,
        processes=_processes(rows),
    )
    write = write_late_mediapackage if late else write_mediapackage
    _tell(to, _written(to, rows, lambda progress: write(to, spec, progress=progress)), as_json=as_json)


def _rows(rows: int | None, gigabytes: float | None) -> int | None:
    return _DEFAULT_ROWS if rows is None and gigabytes is None else rows


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else int(gigabytes * 1e9)


def _processes(rows: int | None) -> int:
    return local_cores() if rows is None or rows > _ROWS_WORTH_A_PROCESS else 1


def _written(to: Path, rows: int | None, write: _Write) -> SampleReport:
    with progress_bar() as bar:
        made = 0
        bar.step("write", rows or 0)

        def progress(count: int) -> None:
            nonlocal made
            made += count
            bar.done(made)

        try:
            return write(progress)
        except OSError as error:
            raise StorageError(
                f"The sample cannot be written to {to}: {error}.", remedy="give --out a folder that you may write to"
            ) from error


def _tell(to: Path, report: SampleReport, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(asdict(report)))
        return
    say(f"{report.objects:,} objects in {to}: {size(report.bytes_written)}, {size(report.bytes_uncompressed)} as text.")
    say(
        f"They hold {report.records:,} records: {report.distinct:,} distinct, {report.duplicates:,} duplicates, "
        f"{sum(report.quarantined.values()):,} that no reader can take in."
    )


def _facts(value: Any) -> Any:
    """The report with hours as they are typed at the command line."""
    if isinstance(value, Mapping):
        named = {f"{key:%Y-%m-%dT%H}" if isinstance(key, datetime) else key: item for key, item in value.items()}
        return {key: _facts(item) for key, item in named.items()}
    return value
