"""Repair what is found wrong with a lake, without touching what is right.

Whatever step a repair dies at, the next one goes on: what has to be taken in again is in the ledger before anything
that tells of it goes, and partitions change by the publish protocol. Where rows would be lost for good, nothing is done
unless the caller accepts it: files can be restored from the bucket's versions as long as the catalog counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from shared.engine.executor import Executor
from shared.engine.ledger_repair import LEDGER_KINDS, repair_ledger, write_entries
from shared.engine.mend import version_of_what_is_left, version_to_register
from shared.engine.settings import RefineSettings
from shared.engine.source_repair import Ailments, Deed, Deeds, SourceRepair
from shared.lake.check import Finding, Kind
from shared.lake.examine import Examination, examine
from shared.lake.lake import Lake, open_lake
from shared.lake.layout import new_run_id
from shared.lake.lease import SHARED_TABLES, Lease
from shared.lake.ledger import Ledger, Status
from shared.lake.publish import swap
from shared.lake.tables import LAKE_TABLES, QUARANTINE
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition

_SHARED_WAIT_S = 300.0
_LEDGER_ROUNDS = 3
_DONE_ABOUT = {
    Kind.LEDGER_DAMAGED: "put aside; the ledger does without it",
    Kind.LEDGER_LOST: "the ledger does without it",
    Kind.LEDGER_FOREIGN: "put aside",
    Kind.LEDGER_INDEX_DAMAGED: "removed",
}
_BROKEN = frozenset({Kind.PARTITION_DAMAGED, Kind.PARTITION_MISSING})


@dataclass
class Treatment(Deeds):
    """What a repair did and did not do, and what is found afterwards."""

    after: Examination = field(default_factory=Examination)


@dataclass
class Doctor:
    """Examines and repairs one lake.

    settings      those of the runs that made the lake: what is taken in again is read by them; raw_uri is not used
    accepts_loss  also repair where rows are lost for good, keeping what can be kept
    is_deep       look into the footers of all files
    """

    sources: Collection[Source]
    settings: RefineSettings
    executor: Executor
    on_wait: Callable[[str], None] | None = None
    accepts_loss: bool = False
    is_deep: bool = False

    def examine(self) -> Examination:
        """Look; nothing is changed."""
        return examine(self._lake, self.sources, datetime.now(UTC), deep=self.is_deep)

    def repair(self) -> Treatment:
        """Repair all that can be; LeaseHeldError where a run is at work, and then nothing of its source is changed."""
        treatment = Treatment()
        seen = self.examine()
        # A record that is lost without a trace in the ledger shows only once the others can be read.
        for _ in range(_LEDGER_ROUNDS):
            faults = seen.of_kind(*LEDGER_KINDS)
            if not faults:
                break
            for source in self.sources:
                self._repair_ledger(source, [fault for fault in faults if fault.owner == source.name], treatment)
            seen = self.examine()
        for table in LAKE_TABLES:
            self._mend_lake_table(
                table, [f for f in seen.findings if f.owner == table.name and f.partition], seen, treatment
            )
        for source in self.sources:
            if source.name in seen.ledgers and all(table.name in seen.tables for table in source.tables):
                self._repair_source(source, seen, treatment)
        treatment.after = self.examine()
        return treatment

    @property
    def _lake(self) -> Lake:
        return open_lake(self.settings.lake_uri, self.settings.catalog)

    def _lease(self, name: str, *, wait_s: float = 0.0) -> Lease:
        holder = new_run_id(datetime.now(UTC))
        return Lease(self._lake.store, name, holder, wait_s=wait_s, on_wait=self.on_wait)

    def _repair_ledger(self, source: Source, faults: Collection[Finding], treatment: Treatment) -> None:
        if not faults:
            return
        with self._lease(source.name) as lease:
            due = repair_ledger(self._lake, source, lease, faults)
        treatment.done += [Deed(fault.subject, _DONE_ABOUT[fault.kind]) for fault in faults]
        if due:
            treatment.done.append(Deed(f"objects of {source.name}", f"{due:,} noted as to be taken in again"))

    def _mend_lake_table(
        self, table: Table, faults: Collection[Finding], seen: Examination, treatment: Treatment
    ) -> None:
        """Register what is left of a table of the lake's own; what left the quarantine comes back with its objects."""
        if not faults:
            return
        if table is QUARANTINE:
            self._note_quarantined({f.partition for f in faults if f.partition and f.kind in _BROKEN}, seen)
        state = seen.tables[table.name]
        with self._lease(SHARED_TABLES, wait_s=_SHARED_WAIT_S) as lease:
            after = max((version.run_id for version in state.current.values()), default="")
            run_id = new_run_id(datetime.now(UTC), after=after or None)
            for partition in [fault.partition for fault in faults if fault.partition]:
                known = None if partition in state.current else version_to_register(state, partition, None)
                outcome = known or version_of_what_is_left(state, partition, run_id)
                lease.confirm()
                swap(self._lake, table, [outcome])
                lost = f", {outcome.rows_removed:,} rows are lost" if outcome.rows_removed > 0 else ""
                treatment.done.append(Deed(f"{table.name} {partition}", f"what is there is registered{lost}"))

    def _note_quarantined(self, hours: Collection[Partition], seen: Examination) -> None:
        """Have the objects taken in again that had entries in these hours of the quarantine."""
        names = {str(hour) for hour in hours}
        for source in self.sources:
            entries = [e for e in seen.ledgers[source.name].current() if e.quarantine_partition in names]
            if entries:
                with self._lease(source.name) as lease:
                    ledger = Ledger.load(self._lake.store, source.name)
                    write_entries(ledger, lease, [replace(entry, status=Status.DUE) for entry in entries])

    def _repair_source(self, source: Source, seen: Examination, treatment: Treatment) -> None:
        def hours(kind: Kind) -> set[str]:
            found = ((table, f) for table in source.tables for f in seen.of_kind(kind) if f.owner == table.name)
            return {source.hour_name(table, f.partition) for table, f in found if f.partition}

        def has(kind: Kind) -> bool:
            return any(finding.owner == source.name for finding in seen.of_kind(kind))

        ills = Ailments(
            damaged=hours(Kind.PARTITION_DAMAGED),
            missing=hours(Kind.PARTITION_MISSING),
            foreign=hours(Kind.PARTITION_FOREIGN),
            has_unreported=has(Kind.RUN_UNREPORTED),
            has_unfinished=has(Kind.RUN_UNFINISHED),
            has_due=any(entry.status is Status.DUE for entry in Ledger.load(self._lake.store, source.name).current()),
        )
        states = {table.name: seen.tables[table.name] for table in source.tables}
        SourceRepair(
            self._lake, source, states, ills, self.settings, self.executor, treatment, self.accepts_loss, self.on_wait
        ).carry_out()
