"""What a run did, as lines of the lake's own tables `ingest_runs` and `partition_quality`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from shared.lake.jobs import PartitionOutcome
from shared.lake.lake import Lake
from shared.lake.lease import Lease
from shared.lake.parquet import conform
from shared.lake.publish import append_rows
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY
from shared.sources.base import Source
from shared.tables import Table


@dataclass(frozen=True)
class BatchReport:
    """What a batch did; the terms of the loss equation over all its objects.

    A batch that only removes rows has no objects.
    """

    run_id: str
    started_at: datetime
    finished_at: datetime
    objects: int = 0
    objects_damaged: int = 0
    bytes_read: int = 0
    text_bytes: int = 0
    records: int = 0
    rows: int = 0
    duplicates: int = 0
    rows_removed: int = 0
    overlap: int = 0
    conflicting: int = 0
    quarantined: int = 0
    ignored: int = 0
    partitions: int = 0
    bytes_written: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    parser_failures: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Wall time of the batch in seconds."""
        return (self.finished_at - self.started_at).total_seconds()


def append_run(lake: Lake, source: Source, report: BatchReport) -> None:
    """Publish the run's line. The caller holds the lease on the shared tables."""
    run = {
        **{name: getattr(report, name) for name in INGEST_RUNS.column_names if hasattr(report, name)},
        "source": source.name,
        "parser_version": source.parser_version,
    }
    append_rows(lake, INGEST_RUNS, report.run_id, _table(INGEST_RUNS, [run]))


def append_quality(lake: Lake, report: BatchReport, built: Sequence[PartitionOutcome]) -> None:
    """Publish a line for each version that the run made. The caller holds the lease on the shared tables."""
    lines = [_quality(report, outcome) for outcome in built]
    append_rows(lake, PARTITION_QUALITY, report.run_id, _table(PARTITION_QUALITY, lines))


def append_removal(
    lake: Lake, source: Source, lease: Lease, run_id: str, started_at: datetime, built: Sequence[PartitionOutcome]
) -> None:
    """Publish the lines of a run that read nothing: rows went, or partitions were mended. Under the source's lease."""
    report = BatchReport(
        run_id,
        started_at,
        finished_at=datetime.now(UTC),
        rows_removed=sum(outcome.rows_removed for outcome in built),
        partitions=len(built),
        bytes_written=sum(outcome.version.size_bytes for outcome in built if outcome.version),
    )
    with lease.shared_tables():
        append_run(lake, source, report)
        append_quality(lake, report, built)


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
