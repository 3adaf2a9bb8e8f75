"""One batch from raw objects to committed partitions: the publish protocol, step by step.

The steps are listed in `STEPS`, in order, and announced through `before_step`, so that tests can stop a batch at each.
Whatever step a batch dies at, the next run takes the same objects in again and ends with the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyarrow as pa

from shared.engine.executor import Executor
from shared.engine.plan import RawObject, plan
from shared.engine.task import (
    GroupOutcome,
    IngestContext,
    ObjectOutcome,
    hours_to_partitions,
    ingest_group,
    staged_of,
)
from shared.errors import LossError
from shared.lake.jobs import PartitionOutcome, write_own_objects
from shared.lake.lake import Lake
from shared.lake.layout import staging_folder
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.parquet import conform
from shared.lake.publish import append_rows, partition_jobs, swap
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY, QUARANTINE
from shared.lake.version import build_version
from shared.reasons import BadReason
from shared.storage import ObjectInfo
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
SHARED_LEASE = "shared-tables"
_SHARED_WAIT_S = 300.0


@dataclass(frozen=True)
class BatchReport:
    """What a batch did; the terms of the loss equation over all its objects."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    objects: int
    objects_damaged: int
    bytes_read: int
    text_bytes: int
    records: int
    rows: int
    duplicates: int
    rows_removed: int
    overlap: int
    conflicting: int
    quarantined: int
    ignored: int
    partitions: int
    bytes_written: int
    reasons: Counter[str]
    parser_failures: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Wall time of the batch in seconds."""
        return (self.finished_at - self.started_at).total_seconds()


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
    before_step: Callable[[str], None] = field(default=_no_step)

    def run(self) -> BatchReport:
        """Take the objects in and commit; LossError when the numbers do not add up, and then nothing is published."""
        started_at = datetime.now(UTC)
        run_id, table = self.context.run_id, self.context.source.table

        self.before_step("stage")
        groups = self._stage()
        outcomes = [outcome for group in groups for outcome in group.objects]

        self.before_step("build")
        # Of an object that could not be read just now, the rows that are there stay.
        urls = [outcome.raw.url for outcome in outcomes if outcome.status is not Status.MISSING]
        earlier = self.ledger.entries_of(urls)
        touched = {Partition.parse(p) for entries in earlier.values() for entry in entries for p in entry.partitions}
        write_own_objects(self.lake.store, run_id, table.name, urls)
        complete = self._complete(set(urls)) if self.is_retake else ()
        jobs = partition_jobs(self.lake, table, run_id, staged_of(groups, table), touched, complete)
        built = self.executor.map("publish", build_version, jobs)
        duplicates = sum((outcome.duplicates for outcome in built), Counter[str]())
        _check_loss(outcomes, duplicates, built)

        self.before_step("note")
        self.ledger.write(run_id, self._entries(outcomes, duplicates, built))

        self.before_step("swap")
        self.lease.confirm()
        swap(self.lake, table, built)

        dead, holder = self.lease.took_over, self.lease.holder
        with Lease(self.lake.store, SHARED_LEASE, holder, wait_s=_SHARED_WAIT_S, dead=dead) as shared_lease:
            # Whoever waited here may have been taken for dead meanwhile.
            self.lease.confirm()
            self._publish_quarantine(groups, outcomes, shared_lease)
            self.before_step("commit")
            self.lease.confirm()
            self.ledger.commit(run_id)
            self.before_step("report")
            report = self._report(started_at, outcomes, duplicates, built)
            self._append_reports(report, built)
        self.before_step("clean")
        self._clean()
        return report

    def _complete(self, urls: set[str]) -> set[Partition]:
        """Hours of which this batch has every object: should their version be damaged, they can be made anew."""
        missing: set[str] = set()
        held: set[str] = set()
        for entry in self.ledger.current():
            (held if entry.key in urls else missing).update(entry.partitions)
        return {Partition.parse(partition) for partition in held - missing}

    def _stage(self) -> list[GroupOutcome]:
        hour_of = self.context.source.read_key
        groups = plan(self.objects, lambda key: hour_of(key).starts, self.executor.cores)
        return self.executor.map("read", partial(ingest_group, self.context), groups)

    def _publish_quarantine(
        self,
        groups: list[GroupOutcome],
        outcomes: list[ObjectOutcome],
        shared_lease: Lease,
    ) -> None:
        self.before_step("build_quarantine")
        urls = [raw.url for raw in self.objects]
        earlier = self.ledger.entries_of(urls)
        write_own_objects(self.lake.store, self.context.run_id, QUARANTINE.name, urls)
        touched = {
            Partition.parse(entry.quarantine_partition)
            for entries in earlier.values()
            for entry in entries
            if entry.quarantine_partition
        }
        jobs = partition_jobs(self.lake, QUARANTINE, self.context.run_id, staged_of(groups, QUARANTINE), touched)
        built = self.executor.map("publish quarantine", build_version, jobs)
        expected = sum(outcome.quarantined for outcome in outcomes)
        if sum(outcome.rows_added for outcome in built) != expected:
            raise LossError(
                f"{sum(o.rows_added for o in built)} quarantine rows written, {expected} expected.",
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
        entries = [self._entry(o, duplicates[o.raw.url], lost_to.pop(o.raw.url, set())) for o in outcomes]
        never = datetime.fromtimestamp(0, UTC)
        for loser, winners in sorted(lost_to.items()):
            entries.append(LedgerEntry(loser, "", 0, never, Status.DISPLACED, lost_to=tuple(sorted(winners))))
        return entries

    def _entry(self, outcome: ObjectOutcome, duplicates: int, lost_to: set[str]) -> LedgerEntry:
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
            partitions=tuple(str(partition) for partition in hours_to_partitions(outcome.hours)),
            quarantine_partition=str(Partition.of_hour(quarantine)) if quarantine is not None else None,
            lost_to=tuple(sorted(lost_to)),
            parser_version=self.context.source.parser_version,
        )

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

    def _append_reports(self, report: BatchReport, built: list[PartitionOutcome]) -> None:
        source = self.context.source
        run = {
            **{name: getattr(report, name) for name in INGEST_RUNS.column_names if hasattr(report, name)},
            "source": source.name,
            "parser_version": source.parser_version,
        }
        append_rows(self.lake, INGEST_RUNS, report.run_id, _table(INGEST_RUNS, [run]))
        quality = [_quality(report, outcome) for outcome in built]
        append_rows(self.lake, PARTITION_QUALITY, report.run_id, _table(PARTITION_QUALITY, quality))

    def _clean(self) -> None:
        store = self.lake.store
        folder = staging_folder(self.context.run_id) + "/"
        store.delete(item.key for item in store.list(folder) if isinstance(item, ObjectInfo))


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


def _quality(report: BatchReport, outcome: PartitionOutcome) -> dict[str, Any]:
    statistics, version = outcome.statistics, outcome.version
    return {
        "run_id": report.run_id,
        "started_at": report.started_at,
        "table_name": outcome.table_name,
        "partition_hour": outcome.partition.start,
        "rows": statistics.rows,
        "rows_added": outcome.rows_added,
        "rows_removed": outcome.rows_removed,
        "duplicates": outcome.duplicates.total() + outcome.displaced,
        "overlap": outcome.overlap,
        "conflicting": outcome.conflicting,
        "late_rows": statistics.late_rows,
        "max_lag_s": None if statistics.max_lag_ms is None else statistics.max_lag_ms / 1000,
        "min_event_time": statistics.min_event_ms,
        "max_event_time": statistics.max_event_ms,
        "files": version.files if version else 0,
        "bytes": version.size_bytes if version else 0,
    }


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    columns = {c.name: pa.array([row.get(c.name) for row in rows], c.type.arrow) for c in table}
    return conform(pa.table(columns), table)


def with_salvage(raw: RawObject, entries: Sequence[LedgerEntry]) -> RawObject:
    """An object that was salvaged once stays so for the same version of it, whatever brings it back into a batch."""
    salvaged = any(entry.salvaged and entry.etag == raw.etag for entry in entries)
    return replace(raw, salvage=raw.salvage or salvaged)
