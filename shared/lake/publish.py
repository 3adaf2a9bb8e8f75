"""Append rows to the lake's own tables, and the steps that every publish shares."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyarrow as pa

from shared.lake.hours import by_hour
from shared.lake.jobs import NOTHING_WITHHELD, PartitionJob, PartitionOutcome, StagedFile, Withholding
from shared.lake.lake import Lake
from shared.lake.layout import staged_file
from shared.lake.parquet import PartFile, conform
from shared.lake.version import build_version
from shared.storage import Store
from shared.tables import Table
from shared.tables.partitions import Partition


def partition_jobs(
    lake: Lake,
    table: Table,
    run_id: str,
    staged: Iterable[StagedFile],
    also_touched: Iterable[Partition] = (),
    complete: Collection[Partition] = (),
    withholding: Withholding = NOTHING_WITHHELD,
) -> list[PartitionJob]:
    """One job for each partition that has new files or may hold rows of the run's objects; oldest hour first."""
    files: dict[Partition, list[StagedFile]] = {partition: [] for partition in also_touched}
    for file in staged:
        files.setdefault(file.partition, []).append(file)
    current = lake.catalog.partitions(table.name, sorted(files))
    return [
        PartitionJob(
            table,
            partition,
            run_id,
            lake.uri,
            tuple(sorted(files[partition], key=lambda file: file.key.rpartition("/")[2])),
            current.get(partition),
            partition in complete,
            withholding,
            lake.published.files(current[partition].location) if partition in current else (),
        )
        for partition in sorted(files)
        if files[partition] or partition in current
    ]


def swap(lake: Lake, table: Table, outcomes: Sequence[PartitionOutcome]) -> None:
    """Let readers see the new versions; partitions without rows go.

    Raises LeaseHeldError when another run published one of the partitions since this run read it.
    """
    lake.catalog.swap(
        table.name,
        [outcome.version for outcome in outcomes if outcome.version is not None],
        dropped=[outcome.partition for outcome in outcomes if outcome.version is None],
        former={outcome.partition: outcome.former for outcome in outcomes},
    )
    lake.published.note(outcomes)


def append_rows(lake: Lake, table: Table, run_id: str, rows: pa.Table) -> None:
    """Publish rows into a table without key. The caller holds the lease on the shared tables."""
    staged = [_stage(lake.store, table, run_id, Partition.of_hour(hour), part) for hour, part in by_hour(rows, table)]
    swap(lake, table, [build_version(job) for job in partition_jobs(lake, table, run_id, staged)])


def _stage(store: Store, table: Table, run_id: str, partition: Partition, rows: pa.Table) -> StagedFile:
    key = staged_file(run_id, table.name, partition, group=0)
    with PartFile(store, key, table) as part:
        part.write(conform(rows, table))
    return StagedFile(table.name, partition, key, rows.num_rows)
