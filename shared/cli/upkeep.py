"""The commands that look after a lake: their arguments and help. `shared.cli.main` puts them beside the others."""

from __future__ import annotations

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

    retake.reprocess(
        source,
        _given(
            raw_uri=raw,
            lake_uri=lake,
            catalog=catalog,
            batch_bytes=batch_bytes,
            batch_objects=batch_objects,
            config=config,
            viewer_key=viewer_key,
        ),
        retake.Choice(tuple(objects or ()), from_hour, to_hour, reason, parser_before, salvage=salvage),
        retake.Manner(cores, dry_run=dry_run, restart=restart, as_json=as_json),
    )


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

    retake.backfill(
        file,
        _given(
            lake_uri=lake,
            catalog=catalog,
            batch_bytes=batch_bytes,
            batch_objects=batch_objects,
            config=config,
            viewer_key=viewer_key,
        ),
        retake.Manner(cores, dry_run=dry_run, restart=restart, as_json=as_json),
    )


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


catalog_app = typer.Typer(help="Hold the catalog against the lake, or make it anew.", no_args_is_help=True)


@catalog_app.command()
@fails_politely
def check(lake: LakeUri, catalog: CatalogName = None, as_json: AsJson = False) -> None:
    """Name all in which the catalog differs from what the lake's files and ledger say."""
    from shared.cli import catalog as work  # noqa: PLC0415

    work.check(lake, catalog, as_json=as_json)


@catalog_app.command()
@fails_politely
def rebuild(
    lake: LakeUri,
    catalog: CatalogName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the catalog what the lake's files and ledger say: a lost one anew, another right. No file is touched."""
    from shared.cli import catalog as work  # noqa: PLC0415

    work.rebuild_catalog(lake, catalog, dry_run=dry_run, as_json=as_json)


def _given(**arguments: str | int | None) -> dict[str, str]:
    """The arguments that were given, as text."""
    return {name: str(value) for name, value in arguments.items() if value is not None}


COMMANDS = (reprocess, backfill, doctor, sweep, expire, erase)
