"""The command `loglake`: every command's arguments and help (others in `shared.cli.questions` and `upkeep`).

The work of a command is imported when it runs, in one place each, so that help and mistakes answer at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli import questions, upkeep
from shared.cli.errors import fails_politely
from shared.cli.options import (
    AsJson,
    BatchBytes,
    BatchObjects,
    CatalogName,
    ConfigFile,
    Cores,
    Format,
    LakeUri,
    ResultFormat,
    SampleAsJson,
    SampleFolder,
    SampleGigabytes,
    SampleHours,
    SampleLate,
    SampleSeed,
    SampleStart,
    SourceName,
    ViewerKey,
)
from shared.engine.worker_processes import prepare_workers
from shared.engine.worker_ready import without_blas_threads
from shared.interrupts import end_as_by_ctrl_c
from shared.query.dialects import Dialect

app = typer.Typer(
    name="loglake",
    help="CloudFront, MediaPackage, Amplify and Pexip logs as a queryable lake of Parquet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sample_app = typer.Typer(help="Make realistic raw logs.", no_args_is_help=True)
app.add_typer(sample_app, name="sample")
app.add_typer(upkeep.catalog_app, name="catalog")


@sample_app.callback()
def _samples() -> None:
    """Make realistic raw logs."""


@sample_app.command()
@fails_politely
def cloudfront(
    to: SampleFolder,
    rows: Annotated[int | None, typer.Option(min=1, help="Requests to make. Default: 200,000.")] = None,
    gigabytes: SampleGigabytes = None,
    start: SampleStart = "2026-11-01T10",
    hours: SampleHours = 6,
    distributions: Annotated[int, typer.Option(min=1, help="CloudFront distributions.")] = 2,
    files_per_hour: Annotated[int, typer.Option(min=1, help="Objects per hour and distribution.")] = 8,
    seed: SampleSeed = 1,
    mixed: Annotated[bool, typer.Option(help="All formats of v1 and v2, not v1 alone.")] = False,
    dirty: Annotated[bool, typer.Option(help="Also duplicates, malformed lines, damaged and foreign objects.")] = False,
    late: SampleLate = False,
    as_json: SampleAsJson = False,
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


@sample_app.command()
@fails_politely
def mediapackage(
    to: SampleFolder,
    rows: Annotated[
        int | None,
        typer.Option(min=1, help="Egress requests to make; ingress comes on top. Default: 200,000."),
    ] = None,
    gigabytes: SampleGigabytes = None,
    start: SampleStart = "2026-11-01T10",
    hours: SampleHours = 6,
    channels: Annotated[
        int,
        typer.Option(min=2, help="Live channels, half of v1 and half of v2; each gets some 11,000 requests an hour."),
    ] = 4,
    seed: SampleSeed = 1,
    dirty: Annotated[
        bool, typer.Option(help="Also duplicates, an export, malformed records, new fields, damaged objects.")
    ] = False,
    late: SampleLate = False,
    as_json: SampleAsJson = False,
) -> None:
    """Write MediaPackage access logs (v1, v2, VOD), and say what a right reader finds in them."""
    from shared.cli import samples  # noqa: PLC0415

    samples.mediapackage(
        to,
        rows=rows,
        gigabytes=gigabytes,
        start=start,
        hours=hours,
        channels=channels,
        seed=seed,
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
    prepare_workers()  # they load while this process loads, too
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
    sql: Annotated[str, typer.Argument(help="SQL (Athena's) over the lake's tables.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    format_: ResultFormat = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    dialect: Annotated[Dialect, typer.Option("--dialect", help="Whose SQL it is.")] = Dialect.ATHENA,
) -> None:
    """Ask the lake a question in SQL."""
    from shared.cli import ask  # noqa: PLC0415

    ask.query(sql, lake, catalog, "json" if as_json else format_.value, dialect)


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


for command in (*questions.COMMANDS, *upkeep.COMMANDS):
    app.command()(command)


def main() -> None:
    """Entry point of the installed command."""
    without_blas_threads()
    end_as_by_ctrl_c()
    app()


if __name__ == "__main__":
    main()
