"""Rows that leave a lake for good: of erased subjects, of expired hours. By the publish protocol, like rows that come.

What is to go is written down before anything goes (`shared.lake.withheld`), and every publish obeys it from then on. A
withdrawal that dies is completed by the next run of the source, whatever step it died at: `STEPS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from shared.engine.executor import Executor
from shared.engine.expire import EXPIRE_STEPS, Expiry
from shared.engine.run_log import append_removal
from shared.engine.withdrawn import Withdrawn, lots
from shared.errors import LossError
from shared.lake.erase import Found, Look, find_rows, stage_blanked
from shared.lake.jobs import PartitionJob, PartitionOutcome, StagedFile, Withholding, write_own_objects
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id, remove_staging
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.publish import swap
from shared.lake.subjects import Subject
from shared.lake.tables import QUARANTINE
from shared.lake.version import build_version
from shared.lake.withheld import (
    pending_subjects,
    subjects_are_done,
    write_erasures,
)
from shared.sources.base import Source
from shared.tables import Table

STEPS = (
    *EXPIRE_STEPS,
    "find",
    "build_without",
    "note_due",
    "swap_without",
    "commit_erased",
    "report_erased",
    "blank_quarantine",
    "erased",
)


def _no_step(_name: str) -> None:
    return None


@dataclass
class Withdrawal:
    """Completes what is to go from one source's tables and the shared ones. The caller holds the source's lease."""

    lake: Lake
    source: Source
    executor: Executor
    ledger: Ledger
    lease: Lease
    viewer_key: bytes = field(repr=False)
    erased: frozenset[Subject]
    before_step: Callable[[str], None] = field(default=_no_step)

    def complete(self) -> Withdrawn:
        """Remove all that is noted as to be removed and not noted as gone."""
        withdrawn = Withdrawn()
        Expiry(self.lake, self.source, self.ledger, self.lease, self.before_step).complete(withdrawn)
        self._erase(withdrawn)
        return withdrawn

    def _erase(self, withdrawn: Withdrawn) -> None:
        store = self.lake.store
        pending = pending_subjects(store, self.source.name)
        if not pending:
            return
        for table in self.source.tables:
            self._erase_from(table, withdrawn)
        self.before_step("blank_quarantine")
        self._blank_quarantine(withdrawn)
        self.before_step("erased")
        if not withdrawn.damaged:
            subjects_are_done(store, self.source.name, pending & self.erased)

    def _erase_from(self, table: Table, withdrawn: Withdrawn) -> None:
        store, dead = self.lake.store, self.ledger.dead
        for lot in lots(self.lake, table):
            run_id = self._new_run_id()
            write_erasures(store, run_id, self.erased)
            self.before_step("find")
            look = Look(table, self.lake.uri, run_id, self.viewer_key)
            looked = self.executor.map("look for", partial(find_rows, look), lot)
            withdrawn.damaged += [f"{table.name} {each.partition}" for each in looked if each.is_damaged]
            # Without the rows already, but by a run that died before its commit: were the catalog told from the ledger,
            # the version before would count, with the rows.
            of_dead = {version.partition for version in lot if version.run_id in dead}
            if found := [each for each in looked if each.rows or (each.partition in of_dead and not each.is_damaged)]:
                self._rewrite(table, run_id, found, withdrawn)
            remove_staging(store, run_id)

    def _rewrite(self, table: Table, run_id: str, found: Sequence[Found], withdrawn: Withdrawn) -> None:
        started_at, store = datetime.now(UTC), self.lake.store
        self.before_step("build_without")
        write_own_objects(store, run_id, table.name, [])
        rules = Withholding(erasure_key=self.viewer_key)
        current = self.lake.catalog.partitions(table.name, [each.partition for each in found])
        jobs = [
            PartitionJob(table, partition, run_id, self.lake.uri, (), version, withholding=rules)
            for partition, version in current.items()
        ]
        built = self.executor.map("publish", build_version, jobs)
        _check(sum(each.rows for each in found), built)
        self.before_step("note_due")
        objects = set().union(*(each.objects for each in found))
        due = self._due(objects, {self.source.hour_name(table, each.partition) for each in found})
        self.ledger.write(run_id, due)
        self.before_step("swap_without")
        self.lease.confirm()
        swap(self.lake, table, built)
        self.before_step("commit_erased")
        self.lease.confirm()
        self.ledger.commit(run_id)
        self.before_step("report_erased")
        append_removal(self.lake, self.source, self.lease, run_id, started_at, built)
        withdrawn.rows += sum(outcome.rows_removed for outcome in built)
        withdrawn.former += [outcome.former for outcome in built if outcome.former]
        withdrawn.partitions.setdefault(table.name, []).extend(outcome.partition for outcome in built)
        withdrawn.objects |= objects
        withdrawn.due += due

    def _due(self, objects: set[str], hours: set[str]) -> list[LedgerEntry]:
        """Objects whose copies of records gave way to rows that go: what is not the subject's comes back.

        A copy in another log format may lack the address, for instance. And what had beaten a copy may go itself:
        losers of losers, too.
        """
        # An object with duplicates may have beaten a copy of its own.
        due = {url: entry for url, entry in self._latest(objects, hours).items() if entry.duplicates}
        winners = objects
        while winners:
            losers = self._latest(self.ledger.losers_to(winners) - due.keys(), hours)
            due |= losers
            winners = set(losers)
        return [replace(entry, status=Status.DUE) for _, entry in sorted(due.items())]

    def _latest(self, urls: set[str], hours: set[str]) -> dict[str, LedgerEntry]:
        """The newest entries of those of these objects that had records in these hours, as copies of their rows are."""
        entries_of = self.ledger.entries_of(urls)
        latest = (entry for entries in entries_of.values() for entry in [e for e in entries if e.root][-1:])
        return {entry.key: entry for entry in latest if not hours.isdisjoint(entry.partitions)}

    def _blank_quarantine(self, withdrawn: Withdrawn) -> None:
        store = self.lake.store
        with self.lease.shared_tables() as shared:
            for lot in lots(self.lake, QUARANTINE):
                run_id, locations = self._new_run_id(), {version.partition: version.location for version in lot}
                write_erasures(store, run_id, self.erased)
                look = Look(QUARANTINE, self.lake.uri, run_id, self.viewer_key)
                looked = self.executor.map("look for in quarantine", partial(stage_blanked, look), lot)
                withdrawn.damaged += [f"{QUARANTINE.name} {each.partition}" for each in looked if each.is_damaged]
                jobs = [self._job(run_id, each.file) for each in looked if each.file is not None]
                if jobs:
                    built = [
                        replace(outcome, former=locations[outcome.partition])
                        for outcome in self.executor.map("publish", build_version, jobs)
                    ]
                    shared.confirm()
                    swap(self.lake, QUARANTINE, built)
                    withdrawn.quarantined += sum(each.texts for each in looked)
                    withdrawn.former += [outcome.former for outcome in built if outcome.former]
                remove_staging(store, run_id)

    def _job(self, run_id: str, file: StagedFile) -> PartitionJob:
        """The staged file is the whole new version."""
        return PartitionJob(QUARANTINE, file.partition, run_id, self.lake.uri, (file,), None)

    def _new_run_id(self) -> str:
        return new_run_id(datetime.now(UTC), after=self.ledger.last_run)


def _check(expected: int, built: Sequence[PartitionOutcome]) -> None:
    removed = sum(outcome.rows_removed for outcome in built)
    if removed != expected:
        raise LossError(
            f"{expected} rows of erased subjects found, but {removed} rows removed.",
            remedy="nothing was published; run again, and report it as a fault of loglake if it happens twice",
        )
