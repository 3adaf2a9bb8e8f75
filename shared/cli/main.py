"""The command `loglake`: every command's arguments and help.

The work of a command is imported when it runs, in one place each, so that help and mistakes answer at once.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.errors import fails_politely
from shared.cli.options import (
    AsJson,
    BatchBytes,
    BatchObjects,
    CatalogName,
    ConfigFile,
    Cores,
    DryRun,
    LakeUri,
    Restart,
    SourceName,
    SweepNow,
    ViewerKey,
)

app = typer.Typer(
    name="loglake",
    help="CloudFront, MediaPackage, Amplify and Pexip logs as a queryable lake of Parquet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sample_app = typer.Typer(help="Make realistic raw logs.", no_args_is_help=True)
app.add_typer(sample_app, name="sample")


class Format(StrEnum):
    """How the result of a query is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@sample_app.callback()
def _samples() -> None:
    """Make realistic raw logs."""


@sample_app.command()
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
    from shared.cli import samples  # noqa: PLC0415

    samples.cloudfront(
        to,
        rows=rows,
        gigabytes=gigabytes,
        start=start,
        hours=hours,
        distributions=distributions,
        files_per_hour=files_per_hour,
        seed=seed,
        mixed=mixed,
        dirty=dirty,
        late=late,
        as_json=as_json,
    )


@app.command()
@fails_politely
def run(
    source: SourceName,
    raw: Annotated[str, typer.Option("--raw", help="Raw logs: a folder or s3://bucket/prefix.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    since: Annotated[
        str | None, typer.Option(help="List only objects of this hour and later, by their names: 2026-11-01T10.")
    ] = None,
    batch_bytes: BatchBytes = None,
    batch_objects: BatchObjects = None,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Take in all raw objects that are not in the lake yet."""
    from shared.cli import ingest  # noqa: PLC0415

    arguments = {
        "raw_uri": raw,
        "lake_uri": lake,
        "catalog": catalog,
        "since": since,
        "batch_bytes": batch_bytes,
        "batch_objects": batch_objects,
        "config": config,
        "viewer_key": viewer_key,
    }
    given = {name: str(value) for name, value in arguments.items() if value is not None}
    ingest.refine(source, given, cores=cores, as_json=as_json)


@app.command()
@fails_politely
def query(
    sql: Annotated[str, typer.Argument(help="SQL (DuckDB's dialect) over the lake's tables.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Ask the lake a question in SQL."""
    from shared.cli import ask  # noqa: PLC0415

    ask.query(sql, lake, catalog, "json" if as_json else format_.value)


@app.command()
@fails_politely
def tables(
    lake: Annotated[str | None, typer.Option("--lake", help="The lake; not needed with --columns.")] = None,
    catalog: CatalogName = None,
    columns: Annotated[str | None, typer.Option(help="List the columns of this table instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tables of a lake, or the columns of one."""
    from shared.cli import look  # noqa: PLC0415

    if columns is not None:
        look.columns(columns, as_json=as_json)
    elif lake is not None:
        look.tables(lake, catalog, as_json=as_json)
    else:
        raise typer.BadParameter("give --lake, or --columns TABLE")


@app.command()
@fails_politely
def status(lake: LakeUri, catalog: CatalogName = None, as_json: AsJson = False) -> None:
    """Say what is in, how fresh it is, and what the last runs did."""
    from shared.cli import look  # noqa: PLC0415

    look.status(lake, catalog, as_json=as_json)


@app.command()
@fails_politely
def quarantine(
    lake: LakeUri,
    catalog: CatalogName = None,
    reason: Annotated[str | None, typer.Option(help="Show the entries with this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Entries to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what could not be taken in and why."""
    from shared.cli import look  # noqa: PLC0415

    look.quarantine(lake, catalog, reason=reason, limit=limit, as_json=as_json)


@app.command()
@fails_politely
def reprocess(
    source: SourceName,
    lake: LakeUri,
    catalog: CatalogName = None,
    objects: Annotated[
        list[str] | None, typer.Option("--object", help="URL of an object, * as wildcard; may be given again.")
    ] = None,
    from_hour: Annotated[
        str | None, typer.Option("--from", help="Objects with rows in this hour or later: 2026-11-01T10.")
    ] = None,
    to_hour: Annotated[str | None, typer.Option("--to", help="... and before this hour.")] = None,
    reason: Annotated[str | None, typer.Option(help="Objects with this reason in quarantine.")] = None,
    parser_before: Annotated[
        str | None,
        typer.Option(help="Objects last read by a parser before this version; current: before the one installed."),
    ] = None,
    raw: Annotated[
        str | None, typer.Option("--raw", help="Also objects of this raw prefix that are not in yet: a backfill.")
    ] = None,
    salvage: Annotated[
        bool, typer.Option(help="Also take the readable lines before the damage in a damaged object.")
    ] = False,
    dry_run: DryRun = False,
    restart: Restart = False,
    batch_bytes: BatchBytes = None,
    batch_objects: BatchObjects = None,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Take chosen raw objects in again: after a fix, a change of settings, or to salvage damaged ones.

    Works in committed batches. Interrupted and called again with the same choice and settings, it goes on.
    """
    from shared.cli import retake  # noqa: PLC0415

    arguments = {
        "raw_uri": raw,
        "lake_uri": lake,
        "catalog": catalog,
        "batch_bytes": batch_bytes,
        "batch_objects": batch_objects,
        "config": config,
        "viewer_key": viewer_key,
    }
    retake.reprocess(
        source,
        {name: str(value) for name, value in arguments.items() if value is not None},
        retake.Choice(tuple(objects or ()), from_hour, to_hour, reason, parser_before, salvage=salvage),
        retake.Manner(cores, dry_run=dry_run, restart=restart, as_json=as_json),
    )


@app.command()
@fails_politely
def backfill(
    file: Annotated[str, typer.Argument(help="The backfill file (TOML).", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    dry_run: DryRun = False,
    restart: Restart = False,
    batch_bytes: BatchBytes = None,
    batch_objects: BatchObjects = None,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Do what a backfill file says, once its status is approved, and note in it that it is done."""
    from shared.cli import retake  # noqa: PLC0415

    arguments = {
        "lake_uri": lake,
        "catalog": catalog,
        "batch_bytes": batch_bytes,
        "batch_objects": batch_objects,
        "config": config,
        "viewer_key": viewer_key,
    }
    retake.backfill(
        file,
        {name: str(value) for name, value in arguments.items() if value is not None},
        retake.Manner(cores, dry_run=dry_run, restart=restart, as_json=as_json),
    )


@app.command()
@fails_politely
def doctor(
    lake: LakeUri,
    catalog: CatalogName = None,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what is found, too.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Also repair where rows are lost for good: keep what is left.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read the footer of every file, not only where sizes differ.")
    ] = False,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Find what is wrong with a lake: damaged or lost files, records and partitions; and repair it."""
    from shared.cli import doctor as work  # noqa: PLC0415

    work.doctor(
        _given(lake_uri=lake, catalog=catalog, config=config, viewer_key=viewer_key),
        repair=repair,
        accept_loss=accept_loss,
        deep=deep,
        cores=cores,
        as_json=as_json,
    )


@app.command()
@fails_politely
def sweep(
    lake: LakeUri,
    catalog: CatalogName = None,
    grace_hours: Annotated[
        float,
        typer.Option(
            min=0, help="Keep what was replaced less than this ago: longer than the longest run plus the longest query."
        ),
    ] = 24.0,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove files of replaced partition versions and of runs that died."""
    from shared.cli import maintain  # noqa: PLC0415

    maintain.sweep(lake, catalog, grace_hours=grace_hours, dry_run=dry_run, as_json=as_json)


@app.command()
@fails_politely
def expire(
    lake: LakeUri,
    catalog: CatalogName = None,
    table: Annotated[str | None, typer.Option(help="The table that keeps so many days.", show_default=False)] = None,
    keep_days: Annotated[int | None, typer.Option(min=1, help="Days to keep.", show_default=False)] = None,
    sweep_now: SweepNow = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would go.")] = False,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Drop the hours that a table no longer keeps; no run brings them back."""
    from shared.cli import withdraw  # noqa: PLC0415

    if (table is None) != (keep_days is None):
        raise typer.BadParameter("give both --table and --keep-days, or neither and --config with [retention]")
    withdraw.expire(
        _given(lake_uri=lake, catalog=catalog, config=config, viewer_key=viewer_key),
        {table: keep_days} if table is not None and keep_days is not None else {},
        sweep_now=sweep_now,
        dry_run=dry_run,
        cores=cores,
        as_json=as_json,
    )


@app.command()
@fails_politely
def erase(
    lake: LakeUri,
    subjects: Annotated[
        str,
        typer.Option(
            help="File with one subject a line (- for standard input): `address 203.0.113.7`, `viewer VIEWER_ID`, "
            "`session ID`.",
            show_default=False,
        ),
    ],
    catalog: CatalogName = None,
    sweep_now: SweepNow = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would go.")] = False,
    config: ConfigFile = None,
    viewer_key: ViewerKey = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Erase all rows of persons, for good: no later run or reprocess brings them back."""
    from shared.cli import withdraw  # noqa: PLC0415

    withdraw.erase(
        _given(lake_uri=lake, catalog=catalog, config=config, viewer_key=viewer_key),
        subjects,
        sweep_now=sweep_now,
        dry_run=dry_run,
        cores=cores,
        as_json=as_json,
    )


def _given(**arguments: str | None) -> dict[str, str]:
    """The arguments that were given."""
    return {name: value for name, value in arguments.items() if value is not None}


def main() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()
