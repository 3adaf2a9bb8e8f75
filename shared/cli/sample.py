"""`loglake sample`: realistic raw logs of any size, the same for the same seed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.output import fails_politely, out, print_json, progress_bar, size
from shared.engine.config import parse_hour
from shared.engine.executor import local_cores
from shared.synth.spec import MIXED, V1_ONLY, SampleReport, SampleSpec
from shared.synth.write import write_cloudfront, write_late

app = typer.Typer(help="Make realistic raw logs.", no_args_is_help=True)


@app.callback()
def _samples() -> None:
    """Make realistic raw logs."""


@app.command()
@fails_politely
def cloudfront(
    to: Annotated[Path, typer.Option("--out", help="Folder to write to.", show_default=False)],
    rows: Annotated[int | None, typer.Option(min=1, help="Requests to make. Default: 200,000.")] = None,
    gigabytes: Annotated[float | None, typer.Option(help="Size as uncompressed text instead, in GB.")] = None,
    start: Annotated[str, typer.Option(help="First hour (UTC).")] = "2026-11-01T10",
    hours: Annotated[int, typer.Option(min=1, help="Hours to spread them over.")] = 6,
    distributions: Annotated[int, typer.Option(min=1, help="CloudFront distributions.")] = 2,
    files_per_hour: Annotated[int, typer.Option(min=1, help="Objects per hour and distribution.")] = 8,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal bytes.")] = 1,
    mixed: Annotated[bool, typer.Option(help="All formats of v1 and v2, not v1 alone.")] = False,
    dirty: Annotated[bool, typer.Option(help="Also duplicates, malformed lines, damaged and foreign objects.")] = False,
    late: Annotated[bool, typer.Option(help="What arrives a day later for the same call: late rows, repeats.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the truth about what was made as JSON.")] = False,
) -> None:
    """Write CloudFront standard logs, and say what a right reader finds in them."""
    spec = SampleSpec(
        start=parse_hour(start, "--start"),
        rows=rows if rows or gigabytes else 200_000,
        size_bytes=int(gigabytes * 1e9) if gigabytes else None,
        hours=hours,
        distributions=distributions,
        files_per_hour=files_per_hour,
        seed=seed,
        formats=MIXED if mixed else V1_ONLY,
        duplicate_rows=0.001 if dirty else 0.0,
        duplicate_objects=0.02 if dirty else 0.0,
        malformed_share=0.002 if dirty else 0.0,
        special=dirty,
        processes=local_cores(),
    )
    with progress_bar() as bar:
        made = 0
        bar.step("write", spec.rows or 0)

        def progress(count: int) -> None:
            nonlocal made
            made += count
            bar.done(made)

        report = (write_late if late else write_cloudfront)(to, spec, progress=progress)
    if as_json:
        print_json(_plain(report))
    else:
        _tell(to, report)


def _plain(report: SampleReport) -> dict[str, Any]:
    facts = asdict(report)
    facts["rows_by_hour"] = {f"{hour:%Y-%m-%dT%H}": count for hour, count in report.rows_by_hour.items()}
    return facts


def _tell(to: Path, report: SampleReport) -> None:
    out.print(
        f"{report.objects:,} objects in {to}: {size(report.bytes_written)}, {size(report.bytes_uncompressed)} as text."
    )
    bad = sum(report.quarantined.values())
    out.print(
        f"They hold {report.records:,} records: {report.distinct:,} distinct, {report.duplicates:,} duplicates, "
        f"{bad:,} that no reader can take in."
    )
