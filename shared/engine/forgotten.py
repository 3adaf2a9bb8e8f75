"""A run of which the ledger has lost its record: what has to be taken in again so that the lake is right all the same.

The record said three things that nothing else says as plainly: which objects are in, where their rows went, and who
lost rows to whom. The rows themselves tell the first two (each bears its object and its run), and the third is found
out anew when all objects with rows in the hours that the run published are taken in again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from shared.engine.raw_versions import current_versions
from shared.lake.lake import Lake
from shared.lake.layout import partition_location
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.quality_lines import is_fully_told, version_lines
from shared.lake.rebuild import list_versions
from shared.lake.run_rows import RunRows, places_of, rows_of_run
from shared.lake.tables import QUARANTINE
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition

_NEVER = datetime.fromtimestamp(0, UTC)


def entries_in_place_of(
    lake: Lake, source: Source, ledger: Ledger, run: str, *, took_effect: bool
) -> list[LedgerEntry]:
    """The entries to write in place of a lost run's, for a ledger that is without it.

    Objects that are there become due: any run takes them in again, and knows where their former rows are. Of objects
    that are gone the rows are noted as they are; nothing can be found out anew about them.
    """
    is_told = is_fully_told(lake, source.tables, run)
    hours: set[str] = set()
    rows: dict[str, Counter[str]] = {}
    for table in source.tables:
        found, touched = _left_in(lake, table, run, is_told=is_told)
        hours |= {source.hour_name(table, hour) for hour in touched}
        for url, by_hour in found.by_object.items():
            named = {source.hour_name(table, hour): count for hour, count in by_hour.items()}
            rows.setdefault(url, Counter()).update(named)
    bad = rows_of_run(lake, QUARANTINE, run, places_of(lake, QUARANTINE)).by_object
    # Where nobody knows which hours it published, any object may have lost rows to its own.
    shares = None if took_effect and not is_told else frozenset(hours)
    entries = dict(_sharing(ledger.current(), shares, {*rows, *bad}))
    roots = _roots(ledger)
    for url in rows.keys() | bad.keys():
        own, entered = rows.get(url, Counter()), bad.get(url, Counter())
        entries[url] = _with_rows(entries.get(url) or _unknown(url, roots), own, entered)
    return _as_they_are_now(entries, rows.keys() | bad.keys())


def _left_in(lake: Lake, table: Table, run: str, *, is_told: bool) -> tuple[RunRows, set[Partition]]:
    """The rows of a run in a table, and the hours that it published or that cannot be read."""
    told = {line.partition for line in version_lines(lake, table) if line.run == run}
    made = {partition for partition, runs in list_versions(lake.store, table).items() if run in runs}
    # A partition that the catalog has lost besides still has its rows in the run's own folder.
    places = {hour: partition_location(table.name, run, hour) for hour in made}
    places |= places_of(lake, table, among=told | made if is_told else None)
    rows = rows_of_run(lake, table, run, places)
    return rows, told | made | rows.unreadable.union(*rows.by_object.values())


def _sharing(
    current: Iterable[LedgerEntry], hours: frozenset[str] | None, always: Collection[str]
) -> Iterator[tuple[str, LedgerEntry]]:
    for entry in current:
        if hours is None or entry.key in always or not hours.isdisjoint(entry.partitions):
            yield entry.key, entry


def _roots(ledger: Ledger) -> list[str]:
    """The raw prefixes that the ledger knows, longest first."""
    return sorted({entry.root for entry in ledger.current() if entry.root}, key=len, reverse=True)


def _unknown(url: str, roots: Iterable[str]) -> LedgerEntry:
    root = next((root for root in roots if url.startswith(f"{root}/")), "")
    return LedgerEntry(url, "", 0, _NEVER, Status.DUE, root=root)


def _with_rows(entry: LedgerEntry, rows: Counter[str], quarantined: Counter[Partition]) -> LedgerEntry:
    return replace(
        entry,
        etag="",  # which version the rows are of, nobody knows
        rows=rows.total(),
        partitions=tuple(sorted({*entry.partitions, *rows})),
        quarantined=quarantined.total(),
        quarantine_partition=str(max(quarantined)) if quarantined else entry.quarantine_partition,
    )


def _as_they_are_now(entries: Mapping[str, LedgerEntry], with_rows: Collection[str]) -> list[LedgerEntry]:
    there = current_versions((entry.root, url) for url, entry in entries.items())
    found = []
    for url, entry in sorted(entries.items()):
        if url in there or not entry.root:
            found.append(replace(entry, status=Status.DUE))
        elif url in with_rows:
            found.append(replace(entry, status=Status.TAKEN))
    return found
