"""The work of `loglake sample`: realistic raw logs of any size, the same for the same seed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.cli.console import say, size
from shared.cli.progress import progress_bar
from shared.cli.values import print_json
from shared.engine.config import parse_hour
from shared.engine.executor import local_cores
from shared.errors import StorageError
from shared.synth import MIXED, V1_ONLY, SampleReport, SampleSpec, write_cloudfront, write_late

_DEFAULT_ROWS = 200_000
_ROWS_WORTH_A_PROCESS = 50_000  # a process takes about a second to start; these rows take as long to make


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
    if rows is None and gigabytes is None:
        rows = _DEFAULT_ROWS
    spec = SampleSpec(
        start=parse_hour(start, "--start"),
        rows=rows,
        size_bytes=None if gigabytes is None else int(gigabytes * 1e9),
        hours=hours,
        distributions=distributions,
        files_per_hour=files_per_hour,
        seed=seed,
        formats=MIXED if mixed else V1_ONLY,
        duplicate_rows=0.001 if dirty else 0.0,
        duplicate_objects=0.02 if dirty else 0.0,
        malformed_share=0.002 if dirty else 0.0,
        special=dirty,
        processes=local_cores() if rows is None or rows > _ROWS_WORTH_A_PROCESS else 1,
    )
    report = _written(to, spec, late=late)
    if as_json:
        print_json(_facts(report))
        return
    say(f"{report.objects:,} objects in {to}: {size(report.bytes_written)}, {size(report.bytes_uncompressed)} as text.")
    say(
        f"They hold {report.records:,} records: {report.distinct:,} distinct, {report.duplicates:,} duplicates, "
        f"{sum(report.quarantined.values()):,} that no reader can take in."
    )


def _written(to: Path, spec: SampleSpec, *, late: bool) -> SampleReport:
    with progress_bar() as bar:
        made = 0
        bar.step("write", spec.rows or 0)

        def progress(count: int) -> None:
            nonlocal made
            made += count
            bar.done(made)

        try:
            return (write_late if late else write_cloudfront)(to, spec, progress=progress)
        except OSError as error:
            raise StorageError(
                f"The sample cannot be written to {to}: {error}.", remedy="give --out a folder that you may write to"
            ) from error


def _facts(report: SampleReport) -> dict[str, Any]:
    facts = asdict(report)
    facts["rows_by_hour"] = {f"{hour:%Y-%m-%dT%H}": count for hour, count in report.rows_by_hour.items()}
    return facts
