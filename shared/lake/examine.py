"""Everything that can be told about a lake by looking: metadata, listings and footers, no rows and no lease.

For each source its ledger is read whole; for each table there is one listing of its folder and one call (a page for
each thousand partitions on Glue) for the catalog's partitions. Footers are read of the partitions whose listing differs
from the catalog's numbers, or of all (`deep`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.errors import UsageError
from shared.lake.check import REPAIR, Finding, Kind
from shared.lake.check_control import (
    CLOCK_TOLERANCE,
    check_clocks,
    check_due,
    check_leases,
    check_operations,
    check_staging,
)
from shared.lake.check_ledger import check_folder, expected_of, open_notes, settled_runs
from shared.lake.check_partitions import TableState, check_files, check_missing, table_state
from shared.lake.check_runs import check_known, check_reported
from shared.lake.difference import REBUILD
from shared.lake.lake import Lake
from shared.lake.ledger import Ledger
from shared.lake.tables import INGEST_RUNS, LAKE_TABLES, QUARANTINE
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass
class Examination:
    """What was found, worst first as it has to be repaired.

    ledgers  by source, those that can be read; what depends on another is not looked at until it is repaired
    tables   by name, the tables that the catalog has
    """

    findings: list[Finding] = field(default_factory=list)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    tables: dict[str, TableState] = field(default_factory=dict)

    def of_kind(self, *kinds: Kind) -> list[Finding]:
        """The findings of these kinds."""
        return [finding for finding in self.findings if finding.kind in kinds]


def examine(lake: Lake, sources: Collection[Source], now: datetime, *, deep: bool = False) -> Examination:
    """Look at a lake. Raises UsageError where there is none: a mistyped place just looks empty."""
    require_lake(lake, sources)
    seen = Examination()
    tables = _tables(sources)
    # The catalog before the ledger: a run is in the ledger before a partition is of it.
    seen.tables = {table.name: table_state(lake, table) for table in tables if lake.catalog.has_table(table.name)}
    for source in sources:
        faults = check_folder(lake.store, source.name)
        seen.findings += faults
        if not faults:
            seen.ledgers[source.name] = Ledger.load(lake.store, source.name)
            seen.findings += [_index_damaged(source, problem) for problem in seen.ledgers[source.name].index_problems]
    _look_at_runs(seen, lake, sources, now)
    for state in seen.tables.values():
        seen.findings += check_files(state, deep=deep)
    seen.findings += check_leases(lake.store, now)
    seen.findings += check_operations(lake.store, [source.name for source in sources], tables)
    seen.findings += check_staging(lake.store, now)
    return seen


def require_lake(lake: Lake, sources: Collection[Source]) -> None:
    """Raise UsageError where there is no lake: a mistyped place just looks empty."""
    if lake.has_ledger:
        return
    tables = _tables(sources)
    if lake.catalog.fault() is not None or not any(lake.catalog.has_table(table.name) for table in tables):
        raise UsageError(
            f"There is no lake at {lake.uri}.", remedy="check --lake and --catalog, or make it with `loglake run`"
        )


def _tables(sources: Collection[Source]) -> list[Table]:
    return [*(table for source in sources for table in source.tables), *LAKE_TABLES]


def _look_at_runs(seen: Examination, lake: Lake, sources: Collection[Source], now: datetime) -> None:
    """What the ledgers that can be read say should be there, and is or is not."""
    quarantined: Counter[Partition] = Counter()
    unfinished: set[str] = set()
    for source in sources:
        ledger = seen.ledgers.get(source.name)
        if ledger is None:
            continue
        said = expected_of(ledger, now + CLOCK_TOLERANCE)
        quarantined += said.quarantined
        unfinished |= set(ledger.runs) - ledger.committed
        for table in source.tables:
            hours = source.hours_of(table, said.hours)
            if (state := seen.tables.get(table.name)) is not None:
                seen.tables[table.name] = replace(
                    state, effective=ledger.committed, unfinished=set(ledger.runs) - ledger.committed
                )
                seen.findings += check_missing(seen.tables[table.name], hours)
            elif hours:
                seen.findings.append(_table_missing(lake, table))
        for run, entries in open_notes(ledger).items():
            seen.findings.append(_unfinished(source, run, len(entries)))
        seen.findings += check_due(source.name, said.due)
        seen.findings += check_clocks(ledger, said, now)
    _look_at_reports(seen, lake, sources)
    if len(seen.ledgers) == len(sources):
        for table in LAKE_TABLES:
            if (state := seen.tables.get(table.name)) is not None:
                seen.tables[table.name] = replace(state, unfinished=unfinished)
                held = set(quarantined) if table is QUARANTINE else ()
                seen.findings += check_missing(seen.tables[table.name], held)


def _look_at_reports(seen: Examination, lake: Lake, sources: Collection[Source]) -> None:
    reports = seen.tables.get(INGEST_RUNS.name)
    if reports is None:
        return
    for ledger in seen.ledgers.values():
        seen.findings += check_reported(ledger, reports)
    if len(seen.ledgers) == len(sources):
        by_source = {source.name: [s for t in source.tables if (s := seen.tables.get(t.name))] for source in sources}
        settled = {run for source in sources for run in settled_runs(lake.store, source.name)}
        seen.findings += check_known(list(seen.ledgers.values()), by_source, reports, settled)


def _index_damaged(source: Source, problem: str) -> Finding:
    return Finding(
        Kind.LEDGER_INDEX_DAMAGED,
        f"ledger index of {source.name}",
        problem,
        f"`{REPAIR}` removes it; runs do without it, and write a new one",
        owner=source.name,
    )


def _table_missing(lake: Lake, table: Table) -> Finding:
    return Finding(
        Kind.TABLE_MISSING,
        table.name,
        "the catalog does not have the table, but the ledger has objects with rows in it: the catalog is lost, or "
        f"not the one of {lake.uri}",
        f"give the catalog that this lake was made with (--catalog); if it is lost, `{REBUILD}` makes it anew from the "
        "lake; nothing of this table was checked",
        owner=table.name,
    )


def _unfinished(source: Source, run: str, objects: int) -> Finding:
    return Finding(
        Kind.RUN_UNFINISHED,
        run,
        f"the run of {source.name} over {objects:,} objects has not taken effect: it died, unless its lease is held",
        f"`loglake run`, or `{REPAIR}`: its objects are taken in again",
        owner=source.name,
        run=run,
    )
