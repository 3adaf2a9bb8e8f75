"""The work of `loglake sweep`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.cli.console import say, size
from shared.cli.named import existing_lake
from shared.cli.values import print_json
from shared.lake.sweep import find_garbage, remove
from shared.query.tables import all_tables


def sweep(lake: str, catalog: str | None, *, grace_hours: float, dry_run: bool, as_json: bool) -> None:
    """Remove what no partition points at any more, or only count it."""
    opened = existing_lake(lake, catalog)
    garbage = find_garbage(opened, all_tables(), datetime.now(UTC) - timedelta(hours=grace_hours))
    if not dry_run:
        remove(opened, garbage)
    byte_count = sum(item.size_bytes for item in garbage)
    if as_json:
        print_json({"files": len(garbage), "bytes": byte_count, "removed": not dry_run})
    else:
        verb = "would be removed" if dry_run else "removed"
        say(f"{len(garbage):,} files, {size(byte_count)} {verb}.")
