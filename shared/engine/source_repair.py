"""Repair the tables and the runs of one source: register, copy together, take in again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from shared.engine.executor import Executor
from shared.engine.ledger_repair import write_entries
from shared.engine.losses import lossy_hours, tied_hours, told
from shared.engine.mend import version_of_what_is_left, version_to_register
from shared.engine.plan import BatchLimits, RawObject
from shared.engine.raw_versions import current_versions
from shared.engine.refine import Refinery
from shared.engine.report_again import append_lines_of
from shared.engine.run_log import append_removal
from shared.engine.settings import RefineSettings
from shared.errors import DamageError, LossError
from shared.lake.check_ledger import open_notes
from shared.lake.check_partitions import TableState, table_state
from shared.lake.check_runs import check_reported
from shared.lake.jobs import PartitionOutcome
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.publish import swap
from shared.lake.quality_lines import newest_lines
from shared.lake.run_rows import places_of, rows_of_run
from shared.lake.tables import INGEST_RUNS
from shared.sources.base import Source

_WHOLE = BatchLimits(max_bytes=2**63, max_objects=2**63)  # a damaged hour is made anew by all its objects at once


class Deed(NamedTuple):
    """What was done, or could not be done, about something."""

    subject: str
    what: str


@dataclass
class Deeds:
    """What a repair did, and what it left alone and why."""

    done: list[Deed] = field(default_factory=list)
    refused: list[Deed] = field(default_factory=list)


@dataclass
class Ailments:
    """What is wrong with a source's tables and runs, as an examination found it; hours as the ledger names them."""

    damaged: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    has_unreported: bool = False
    has_unfinished: bool = False
    has_due: bool = False


@dataclass
class SourceRepair:
    """Repairs what ails one source; `states` are those of its tables, by name."""

    lake: Lake
    source: Source
    states: Mapping[str, TableState]
    ailments: Ailments
    settings: RefineSettings
    executor: Executor
    deeds: Deeds
    accepts_loss: bool = False
    on_wait: Callable[[str], None] | None = None
    blocked: set[str] = field(default_factory=set)

    def carry_out(self) -> None:
        """Repair; LeaseHeldError, before anything is changed, when a run of the source is at work."""
        ills = self.ailments
        if ills.damaged or ills.missing or ills.foreign or ills.has_unreported or ills.has_unfinished:
            with self._lease() as lease:
                ledger = Ledger.load(self.lake.store, self.source.name)
                self._register(lease)
                self._move_apart(ledger, lease)
                self._accept(ledger, lease)
                self._adopt(ledger, lease)
                self._report(ledger, lease)
        if ills.damaged or ills.missing or ills.has_unfinished or ills.has_due:
            self._take_in_again()

    def _lease(self) -> Lease:
        return Lease(self.lake.store, self.source.name, new_run_id(datetime.now(UTC)), on_wait=self.on_wait)

    def _register(self, lease: Lease) -> None:
        """Register versions again that the catalog lost and whose files are there."""
        for table in self.source.tables:
            missing = self.source.hours_of(table, self.ailments.missing)
            lines = newest_lines(self.lake, table) if missing else {}
            for partition in sorted(missing):
                outcome = version_to_register(self.states[table.name], partition, lines.get(partition))
                if outcome is not None:
                    self._swap(lease, [outcome])
                    hour = self.source.hour_name(table, partition)
                    self.ailments.missing.remove(hour)
                    self._did(hour, f"registered again: {outcome.statistics.rows:,} rows")

    def _move_apart(self, ledger: Ledger, lease: Lease) -> None:
        """Give partitions a folder without the foreign files that lie in theirs."""
        if not self.ailments.foreign:
            return
        self._publish_what_is_left(ledger, lease, self.ailments.foreign, [])
        for hour in sorted(self.ailments.foreign):
            self._did(hour, "moved to a folder without the foreign file")

    def _accept(self, ledger: Ledger, lease: Lease) -> None:
        """Leave alone the hours of which objects are gone, or, where the loss is accepted, keep what can be kept."""
        ills = self.ailments
        broken = ills.damaged | ills.missing
        entries = [entry for entry in ledger.current() if not broken.isdisjoint(entry.partitions)]
        there = _there(entries)
        gone = [entry for entry in entries if entry.key not in there]
        lossy = lossy_hours(ills.damaged, ills.missing, entries, gone)
        to_come = {hour for entry in gone if not entry.root for hour in entry.partitions}
        for hour in sorted(ills.missing - lossy):
            if hour in to_come:
                self._left(hour, "comes back with the next run of its raw prefix")
        if lossy and self.accepts_loss:
            due = [entry for entry in entries if entry.key in there]
            self._publish_what_is_left(ledger, lease, lossy, due)
            ills.has_due = ills.has_due or bool(due)
            for hour in sorted(lossy):
                self._did(hour, f"what is left is kept: {told(hour, gone)}; their rows in damaged files are lost")
        elif lossy:
            self.blocked = lossy & ills.damaged
            tied = tied_hours(self.blocked, ills.damaged, entries)
            self.blocked |= tied
            for hour in sorted(lossy):
                self._left(hour, f"not repaired: {told(hour, gone)}; {_RESTORE}")
            for hour in sorted(tied):
                self._left(hour, "not repaired: it shares objects with one that is not")
        ills.damaged -= lossy | self.blocked
        ills.missing -= lossy

    def _publish_what_is_left(
        self, ledger: Ledger, lease: Lease, hours: Collection[str], due: Iterable[LedgerEntry]
    ) -> None:
        started_at = datetime.now(UTC)
        run_id = new_run_id(started_at, after=ledger.last_run)
        places = map(self.source.place, sorted(hours))
        built = [version_of_what_is_left(self.states[table.name], hour, run_id) for table, hour in places]
        ledger.write(run_id, [replace(entry, status=Status.DUE) for entry in due])
        self._swap(lease, built)
        lease.confirm()
        ledger.commit(run_id)
        append_removal(self.lake, self.source, lease, run_id, started_at, built)

    def _adopt(self, ledger: Ledger, lease: Lease) -> None:
        """Note what runs that never took effect left of objects that are gone since: there is nothing better."""
        entries = []
        for run, notes in open_notes(ledger).items():
            there = _there(notes)
            gone = [entry for entry in notes if entry.key not in there and entry.root]
            if not gone:
                continue
            left = self._rows_left(run, {hour for entry in gone for hour in entry.partitions})
            entries += [_as_left(entry, left.get(entry.key, ())) for entry in gone]
        if entries:
            write_entries(ledger, lease, entries)
            self.deeds.done.append(
                Deed(f"objects of {self.source.name}", f"{len(entries):,} are gone: rows stay as is")
            )

    def _rows_left(self, run: str, hours: Set[str]) -> dict[str, list[str]]:
        """By object the hours, among these, in which rows of a run are."""
        found: dict[str, list[str]] = {}
        for table in self.source.tables:
            places = places_of(self.lake, table, among=self.source.hours_of(table, hours))
            for url, rows in rows_of_run(self.lake, table, run, places).by_object.items():
                found.setdefault(url, []).extend(self.source.hour_name(table, hour) for hour in rows)
        return found

    def _report(self, ledger: Ledger, lease: Lease) -> None:
        """Make the lines that runs did not live to write: those that are missing while nobody else writes."""
        if not self.ailments.has_unreported:
            return
        runs = [finding.run for finding in check_reported(ledger, table_state(self.lake, INGEST_RUNS))]
        if runs:
            append_lines_of(self.lake, self.source, ledger, lease, runs)
        self.deeds.done += [Deed(run, "its line in ingest_runs is made from the ledger") for run in runs]

    def _take_in_again(self) -> None:
        try:
            self._retake()
        except (LossError, DamageError) as error:
            self.deeds.refused.append(Deed(f"objects of {self.source.name}", error.what))

    def _retake(self) -> None:
        limits = _WHOLE if self.ailments.damaged else self.settings.limits
        refinery = Refinery(self.source, replace(self.settings, limits=limits), self.executor, on_wait=self.on_wait)
        report = refinery.retake_chosen(self._choose)
        for hour in sorted(self.ailments.damaged | self.ailments.missing):
            self._did(hour, "made anew from its raw objects")
        if report.batches:
            self.deeds.done.append(
                Deed(f"objects of {self.source.name}", f"{report.total('objects'):,} taken in again")
            )
        self.deeds.refused += [
            Deed(url, "gone: its copies of records that are lost elsewhere stay lost") for url in report.gone
        ]

    def _choose(self, ledger: Ledger) -> list[RawObject]:
        """The objects of broken hours, of runs that died, and those that are due; none with rows where damage stays."""
        broken = self.ailments.damaged | self.ailments.missing
        entries = [e for e in ledger.current() if e.status is Status.DUE or not broken.isdisjoint(e.partitions)]
        entries += [entry for notes in open_notes(ledger).values() for entry in notes]
        free = [entry for entry in entries if self.blocked.isdisjoint(entry.partitions)]
        return sorted(_there(free).values(), key=lambda raw: raw.url)

    def _swap(self, lease: Lease, outcomes: list[PartitionOutcome]) -> None:
        lease.confirm()
        for table in self.source.tables:
            if of_table := [outcome for outcome in outcomes if outcome.table_name == table.name]:
                swap(self.lake, table, of_table)

    def _name(self, hour: str) -> str:
        table, partition = self.source.place(hour)
        return f"{table.name} {partition}"

    def _left(self, hour: str, why: str) -> None:
        self.deeds.refused.append(Deed(self._name(hour), why))

    def _did(self, hour: str, what: str) -> None:
        self.deeds.done.append(Deed(self._name(hour), what))


_RESTORE = "restore the partition's files from the bucket's versions, or accept the loss with --accept-loss"


def _there(entries: Collection[LedgerEntry]) -> dict[str, RawObject]:
    return current_versions((entry.root, entry.key) for entry in entries)


def _as_left(entry: LedgerEntry, hours: Iterable[str]) -> LedgerEntry:
    """An entry that claims no version: should the object come back, it is taken in."""
    return replace(entry, etag="", status=Status.TAKEN, partitions=tuple(sorted(hours)), lost_to=())
