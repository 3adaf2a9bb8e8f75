"""The work of `loglake expire` and `loglake erase`: rows that leave the lake for good."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.cli import ingest
from shared.cli.console import err, say, size
from shared.cli.named import existing_lake
from shared.cli.progress import progress_bar
from shared.cli.tabular import below, print_table
from shared.cli.values import print_json
from shared.engine.config import refine_settings
from shared.engine.refine import Refinery
from shared.engine.retention import floors
from shared.engine.settings import RefineSettings, viewer_key
from shared.engine.withdrawn import Withdrawn, look_for
from shared.errors import LeaseHeldError, LoglakeError, UsageError
from shared.lake.lake import Lake
from shared.lake.subjects import Subject, subject
from shared.lake.sweep import find_garbage, remove
from shared.lake.withheld import add_subjects, raise_floor
from shared.query.tables import all_tables, table_named
from shared.sources.base import Source
from shared.sources.registry import SOURCES
from shared.storage import ObjectInfo
from shared.tables.partitions import Partition


def expire(
    arguments: Mapping[str, str],
    tables: Mapping[str, int],
    *,
    sweep_now: bool,
    dry_run: bool,
    cores: str,
    as_json: bool,
) -> None:
    """Drop the hours that tables no longer keep: of the tables given, else of those in the settings file."""
    settings = refine_settings({"raw_uri": "", **arguments})
    lake = existing_lake(settings.lake_uri, settings.catalog)
    days = dict(tables) or settings.retention_days
    if not days:
        raise UsageError(
            "Nothing says how long tables keep their rows.",
            remedy="give --table NAME --keep-days N, or a settings file (--config) with a section [retention]",
        )
    before = floors({table_named(name).name: count for name, count in days.items()}, datetime.now(UTC))
    old = {name: _older(lake, name, first) for name, first in before.items()}
    if not dry_run:
        for name, first in before.items():
            raise_floor(lake.store, name, first)
        withdrawn = [_withdraw(source, settings, cores) for source in _sources(lake)]
        if sweep_now:
            _sweep(lake, withdrawn)
    _tell_expired(list(old.values()), removed=not dry_run, as_json=as_json)


def erase(
    arguments: Mapping[str, str], subjects_file: str, *, sweep_now: bool, dry_run: bool, cores: str, as_json: bool
) -> None:
    """Erase all rows of the subjects that a file (or `-`, standard input) lists."""
    settings = refine_settings({"raw_uri": "", **arguments})
    lake = existing_lake(settings.lake_uri, settings.catalog)
    key = viewer_key(lake, settings.viewer_key)
    subjects = _read_subjects(subjects_file, key)
    found: dict[str, Withdrawn] = {}
    if dry_run:
        for source in _sources(lake):
            with progress_bar() as bar, ingest.executor(cores, bar) as tasks:
                found[source.name] = look_for(lake, source, tasks, frozenset(subjects), key)
    else:
        add_subjects(lake.store, subjects)
        for source in _sources(lake):
            found[source.name] = _withdraw(source, settings, cores)
        if sweep_now:
            _sweep(lake, found.values())
    _tell_erased(found, len(subjects), removed=not dry_run, swept=sweep_now, as_json=as_json)


def _withdraw(source: Source, settings: RefineSettings, cores: str) -> Withdrawn:
    with progress_bar() as bar, ingest.executor(cores, bar) as tasks:
        refinery = Refinery(source, settings, tasks, on_wait=lambda what: err.print(what, markup=False))
        try:
            return refinery.withdraw().withdrawn
        except LeaseHeldError as error:
            raise LeaseHeldError(
                error.what,
                remedy="it is noted in the lake what is to go, and the next run of that source removes it; until then "
                "--dry-run says which raw objects hold it",
            ) from error


def _sweep(lake: Lake, withdrawn: Iterable[Withdrawn]) -> None:
    """Remove the versions just replaced, and older ones that the rows may be in, too."""
    for each in withdrawn:
        for location in each.former:
            lake.store.delete(item.key for item in lake.store.list(f"{location}/") if isinstance(item, ObjectInfo))
    remove(lake, find_garbage(lake, all_tables(), datetime.now(UTC)))


def _sources(lake: Lake) -> list[Source]:
    return [s for s in SOURCES.values() if any(lake.catalog.has_table(table.name) for table in s.tables)]


def _read_subjects(name: str, key: bytes) -> list[Subject]:
    """One subject a line: its kind, blanks, itself. Not arguments: those stand in process lists and histories."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The list of subjects {name} cannot be read: {error}.", remedy="check --subjects") from error
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split(maxsplit=1)
        if not words or words[0].startswith("#"):
            continue
        try:
            found.append(subject(words[0], words[1].strip() if len(words) > 1 else "", key))
        except UsageError as error:
            raise UsageError(f"{name}, line {number}: {error.what}", remedy=error.remedy) from error
    if not found:
        raise UsageError(f"{name} lists no subject.", remedy="write one a line, e.g. `address 203.0.113.7`")
    return found


def _older(lake: Lake, table: str, first: Partition) -> dict[str, Any]:
    versions = [v for partition, v in lake.catalog.partitions(table).items() if partition < first]
    return {
        "table": table,
        "keeps_from": str(first),
        "partitions": len(versions),
        "rows": sum(version.rows for version in versions),
        "bytes": sum(version.size_bytes for version in versions),
    }


def _tell_expired(rows: list[dict[str, Any]], *, removed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"tables": rows, "removed": removed})
        return
    for row in rows:
        row["size"] = size(row["bytes"])
    print_table(rows, ["table", "keeps_from", "partitions", "rows", "size"])
    verb = "dropped" if removed else "would be dropped"
    say(f"{sum(row['partitions'] for row in rows):,} partitions {verb}.")


def _tell_erased(found: Mapping[str, Withdrawn], subjects: int, *, removed: bool, swept: bool, as_json: bool) -> None:
    facts = [
        {
            "source": source,
            "rows": withdrawn.rows,
            "partitions": withdrawn.partition_count,
            "quarantined": withdrawn.quarantined,
        }
        for source, withdrawn in found.items()
    ]
    objects = sorted(_all_objects(found.values()))
    rewritten = (item for withdrawn in found.values() for item in withdrawn.partitions.items())
    hours = {table: [str(partition) for partition in partitions] for table, partitions in rewritten}
    if as_json:
        print_json(
            {"subjects": subjects, "sources": facts, "partitions": hours, "objects": objects, "removed": removed}
        )
    else:
        _print_erased(facts, objects, removed=removed, swept=swept)
    damaged = [what for withdrawn in found.values() for what in withdrawn.damaged]
    if damaged:
        raise LoglakeError(
            f"Files of {', '.join(damaged)} are lost or damaged: whether they hold rows of the subjects is not known.",
            remedy="`loglake doctor --repair`, then the same command again; until then every run looks anew",
        )


def _print_erased(facts: list[dict[str, Any]], objects: list[str], *, removed: bool, swept: bool) -> None:
    print_table(facts, ["source", "rows", "partitions", "quarantined"])
    if objects:
        folder, names = below(objects)
        print_table([{"object": name} for name in names], ["object"], f"Raw logs that hold those rows, below {folder}")
        say("Raw logs are not loglake's to change: let them expire, or delete them.")
    if not removed:
        say("Nothing was changed.")
    elif not swept and any(fact["partitions"] for fact in facts):
        say("Former versions stay for running queries until `loglake sweep`; --sweep-now removes them at once.")


def _all_objects(found: Iterable[Withdrawn]) -> set[str]:
    return {url for withdrawn in found for url in withdrawn.objects}
