"""`loglake sweep`: remove what no partition points at any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from shared.cli.options import AsJson, CatalogName, LakeUri
from shared.cli.output import fails_politely, out, print_json, size
from shared.lake.lake import open_lake
from shared.lake.sweep import find_garbage, remove
from shared.query.duck import all_tables


@fails_politely
def sweep(
    lake: LakeUri,
    catalog: CatalogName = None,
    grace_hours: Annotated[
        float, typer.Option(min=0, help="Keep what was replaced less than this ago: longer than any query runs.")
    ] = 24.0,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove files of replaced partition versions and of runs that died."""
    opened = open_lake(lake, catalog)
    garbage = find_garbage(opened, all_tables(), datetime.now(UTC) - timedelta(hours=grace_hours))
    if not dry_run:
        remove(opened, garbage)
    if as_json:
        print_json({"files": len(garbage), "bytes": sum(g.size_bytes for g in garbage), "removed": not dry_run})
    else:
        verb = "would be removed" if dry_run else "removed"
        out.print(f"{len(garbage):,} files, {size(sum(g.size_bytes for g in garbage))} {verb}.")
