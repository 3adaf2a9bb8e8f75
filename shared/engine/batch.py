"""One batch from raw objects to committed partitions: the publish protocol, step by step.

The steps are listed in `STEPS`, in order, and announced through `before_step`, so that tests can stop a batch at each.
Whatever step a batch dies at, the next run takes the same objects in again and ends with the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from shared.engine.executor import Executor
from shared.engine.plan import RawObject, plan
from shared.engine.run_log import BatchReport, append_quality, append_run
from shared.engine.task import (
    GroupOutcome,
    IngestContext,
    ObjectOutcome,
    ingest_group,
    staged_of,
)
from shared.errors import LossError
from shared.lake.jobs import PartitionJob, PartitionOutcome, write_own_objects
from shared.lake.lake import Lake
from shared.lake.layout import remove_staging
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.publish import partition_jobs, swap
from shared.lake.subjects import Subject
from shared.lake.tables import QUARANTINE
from shared.lake.version import build_version
from shared.lake.withheld import withholding, write_erasures
from shared.reasons import BadReason
from shared.tables import Table
from shared.tables.partitions import Partition

STEPS = (
    "stage",
    "build",
    "note",
    "swap",
    "build_quarantine",
    "swap_quarantine",
    "commit",
    "report",
    "clean",
)


def _no_step(_name: str) -> None:
    return None


@dataclass
class Batch:
    """A batch at work; `run` is called once."""

    lake: Lake
    context: IngestContext
    executor: Executor
    ledger: Ledger
    lease: Lease
    objects: Sequence[RawObject]
    is_retake: bool = False
    erased: frozenset[Subject] = frozenset()
    before_step: Callable[[str], None] = field(default=_no_step)

    def run(self) -> BatchReport:
        """Take the objects in and commit; LossError when the numbers do not add up, and then nothing is published."""
        started_at = datetime.now(UTC)
        run_id, tables = self.context.run_id, self.context.source.tables

        self.before_step("stage")
        store = self.lake.store
        erasure_key = self._erasure_key()
        groups = self._stage(erases=erasure_key is not None)
        outcomes = [outcome for group in groups for outcome in group.objects]

        self.before_step("build")
        # Of an object that could not be read just now, the rows that are there stay.
        urls = [outcome.raw.url for outcome in outcomes if outcome.status is not Status.MISSING]
        earlier = self.ledger.entries_of(urls)
        touched = {name for entries in earlier.values() for entry in entries for name in entry.partitions}
        # Hours of which the batch has every object: should their version be damaged, they can be made anew.
        complete = touched - self.ledger.hours_of_all_but(set(urls)) if self.is_retake else set()
        jobs = [job for table in tables for job in self._jobs(table, groups, urls, touched, complete, erasure_key)]
        built = self.executor.map("publish", build_version, jobs)
        _withhold(outcomes, sum((outcome.withheld for outcome in built), Counter[str]()))
        duplicates = sum((outcome.duplicates for outcome in built), Counter[str]())
        _check_loss(outcomes, duplicates, built)

        self.before_step("note")
        self.ledger.write(run_id, self._entries(outcomes, duplicates, built))

        self.before_step("swap")
        self.lease.confirm()
        for table in tables:
            swap(self.lake, table, [outcome for outcome in built if outcome.table_name == table.name])

        with self.lease.shared_tables() as shared_lease:
            # Whoever waited here may have been taken for dead meanwhile.
            self.lease.confirm()
            self._publish_quarantine(groups, outcomes, shared_lease)
            self.before_step("commit")
            self.lease.confirm()
            self.ledger.commit(run_id)
            self.before_step("report")
            report = self._report(started_at, outcomes, duplicates, built)
            append_run(self.lake, self.context.source, report)
            append_quality(self.lake, report, built)
        self.before_step("clean")
        remove_staging(store, run_id)
        return report

    def _erasure_key(self) -> bytes | None:
        """The key of the marks of erased subjects; None where nobody is erased."""
        if not self.erased:
            return None
        write_erasures(self.lake.store, self.context.run_id, self.erased)
        return self.context.viewer_key

    def _stage(self, *, erases: bool) -> list[GroupOutcome]:
        hour_of = self.context.source.read_key
        groups = plan(self.objects, lambda key: hour_of(key).starts, self.executor.cores)
        return self.executor.map("read", partial(ingest_group, replace(self.context, erases=erases)), groups)

    def _jobs(
        self,
        table: Table,
        groups: list[GroupOutcome],
        urls: Sequence[str],
        touched: Set[str],
        complete: Set[str],
        erasure_key: bytes | None,
    ) -> list[PartitionJob]:
        """The jobs of one table of the source; hours by the names that the ledger gives them."""
        source, store, run_id = self.context.source, self.lake.store, self.context.run_id
        write_own_objects(store, run_id, table.name, urls)
        return partition_jobs(
            self.lake,
            table,
            run_id,
            staged_of(groups, table),
            source.hours_of(table, touched),
            source.hours_of(table, complete),
            withholding(store, table.name, erasure_key),
        )

    def _publish_quarantine(
        self,
        groups: list[GroupOutcome],
        outcomes: list[ObjectOutcome],
        shared_lease: Lease,
    ) -> None:
        self.before_step("build_quarantine")
        urls = [raw.url for raw in self.objects]
        earlier = self.ledger.entries_of(urls)
        store, run_id = self.lake.store, self.context.run_id
        write_own_objects(store, run_id, QUARANTINE.name, urls)
        touched = {
            Partition.parse(entry.quarantine_partition)
            for entries in earlier.values()
            for entry in entries
            if entry.quarantine_partition
        }
        staged, rules = staged_of(groups, QUARANTINE), withholding(store, QUARANTINE.name)
        jobs = partition_jobs(self.lake, QUARANTINE, run_id, staged, touched, withholding=rules)
        built = self.executor.map("publish quarantine", build_version, jobs)
        expected = sum(outcome.quarantined for outcome in outcomes)
        written = sum(outcome.rows_added + outcome.withheld.total() for outcome in built)
        if written != expected:
            raise LossError(
                f"{written} quarantine rows written, {expected} expected.",
                remedy="run again; report it as a fault of loglake if it happens twice",
            )
        self.before_step("swap_quarantine")
        shared_lease.confirm()
        swap(self.lake, QUARANTINE, built)

    def _entries(
        self, outcomes: list[ObjectOutcome], duplicates: Counter[str], built: list[PartitionOutcome]
    ) -> list[LedgerEntry]:
        lost_to: dict[str, set[str]] = {}
        for loser, winner in (pair for outcome in built for pair in outcome.lost_to):
            lost_to.setdefault(loser, set()).add(winner)
        # Of hours in which nothing is left (all of it erased or expired) no object has rows.
        emptied = {(outcome.table_name, outcome.partition) for outcome in built if outcome.version is None}
        entries = [self._entry(o, duplicates[o.raw.url], lost_to.pop(o.raw.url, set()), emptied) for o in outcomes]
        never = datetime.fromtimestamp(0, UTC)
        for loser, winners in sorted(lost_to.items()):
            entries.append(LedgerEntry(loser, "", 0, never, Status.DISPLACED, lost_to=tuple(sorted(winners))))
        return entries

    def _entry(
        self, outcome: ObjectOutcome, duplicates: int, lost_to: set[str], emptied: set[tuple[str, Partition]]
    ) -> LedgerEntry:
        raw = outcome.raw
        quarantine = outcome.quarantine_hour
        return LedgerEntry(
            raw.url,
            raw.etag,
            raw.size_bytes,
            raw.modified,
            outcome.status,
            root=raw.root,
            reasons=tuple(sorted(outcome.reasons)),
            salvaged=raw.salvage,
            records=outcome.records,
            rows=outcome.parsed - duplicates,
            duplicates=duplicates,
            quarantined=outcome.quarantined,
            ignored=outcome.ignored.total(),
            partitions=tuple(self._hour_names(outcome.hours, emptied)),
            quarantine_partition=str(Partition.of_hour(quarantine)) if quarantine is not None else None,
            lost_to=tuple(sorted(lost_to)),
            parser_version=self.context.source.parser_version,
        )

    def _hour_names(self, hours: Mapping[str, set[int]], emptied: set[tuple[str, Partition]]) -> Iterator[str]:
        """The names of the hours in which an object has rows; oldest first, table by table."""
        source = self.context.source
        for table in source.tables:
            for hour in map(Partition.of_hour, sorted(hours.get(table.name, ()))):
                if (table.name, hour) not in emptied:
                    yield source.hour_name(table, hour)

    def _report(
        self,
        started_at: datetime,
        outcomes: list[ObjectOutcome],
        duplicates: Counter[str],
        built: list[PartitionOutcome],
    ) -> BatchReport:
        # A record that displaced a copy of itself added no row: whichever of the two stays, one is a duplicate.
        repeated = duplicates.total() + sum(outcome.displaced for outcome in built)
        failed = [o.raw.url for o in outcomes if BadReason.PARSER_FAILED in o.reasons]
        return BatchReport(
            run_id=self.context.run_id,
            started_at=started_at,
            finished_at=datetime.now(UTC),
            objects=len(outcomes),
            objects_damaged=sum(outcome.status is not Status.TAKEN for outcome in outcomes),
            bytes_read=sum(outcome.raw.size_bytes for outcome in outcomes),
            text_bytes=sum(outcome.text_bytes for outcome in outcomes),
            records=sum(outcome.records for outcome in outcomes),
            rows=sum(outcome.parsed for outcome in outcomes) - repeated,
            duplicates=repeated,
            rows_removed=sum(outcome.rows_removed - outcome.displaced for outcome in built),
            overlap=sum(outcome.overlap for outcome in built),
            conflicting=sum(outcome.conflicting for outcome in built),
            quarantined=sum(outcome.quarantined for outcome in outcomes),
            ignored=sum(outcome.ignored.total() for outcome in outcomes),
            partitions=len(built),
            bytes_written=sum(outcome.version.size_bytes for outcome in built if outcome.version),
            reasons=sum((outcome.reasons for outcome in outcomes), Counter[str]()),
            parser_failures=tuple(failed),
        )


def _withhold(outcomes: Iterable[ObjectOutcome], withheld: Counter[str]) -> None:
    """Records that the lake must not hold count as ignored, not as rows."""
    for outcome in outcomes:
        if count := withheld.get(outcome.raw.url):
            outcome.parsed -= count
            outcome.ignored["withheld"] += count


def _check_loss(outcomes: list[ObjectOutcome], duplicates: Counter[str], built: list[PartitionOutcome]) -> None:
    """Per object: records = rows + duplicates + quarantined + ignored. Over all: the rows written are those rows."""
    for outcome in outcomes:
        ignored = outcome.ignored.total()
        if outcome.records != outcome.parsed + outcome.quarantined + ignored:
            raise LossError(
                f"{outcome.raw.url}: {outcome.records} records read, but {outcome.parsed} rows, {outcome.quarantined} "
                f"in quarantine and {ignored} ignored.",
                remedy="nothing was published; report it as a fault of loglake, with the object",
            )
    rows = sum(outcome.parsed for outcome in outcomes)
    written = sum(outcome.rows_added for outcome in built) + duplicates.total()
    if rows != written:
        raise LossError(
            f"{rows} rows parsed, but {written} rows and duplicates published.",
            remedy="nothing was published; run again, and report it as a fault of loglake if it happens twice",
        )


def with_salvage(raw: RawObject, entries: Sequence[LedgerEntry]) -> RawObject:
    """An object that was salvaged once stays so for the same version of it, whatever brings it back into a batch."""
    salvaged = any(entry.salvaged and entry.etag == raw.etag for entry in entries)
    return replace(raw, salvage=raw.salvage or salvaged)
