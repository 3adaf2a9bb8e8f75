"""Hours below a table's retention floor leave the catalog; their files are the sweeper's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.engine.run_log import append_removal
from shared.engine.withdrawn import Withdrawn
from shared.lake.jobs import PartitionOutcome
from shared.lake.lake import Lake
from shared.lake.layout import DROPPED_MARK, new_run_id, partition_location
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.lake.parquet import FileStatistics
from shared.lake.publish import swap
from shared.lake.tables import LAKE_TABLES
from shared.lake.withheld import Floor, floor_is_done, floor_of
from shared.sources.base import Source
from shared.tables import Table

EXPIRE_STEPS = ("mark_expired", "expire", "report_expired", "expired")


@dataclass
class Expiry:
    """Completes what floors say is to go. The caller holds the source's lease."""

    lake: Lake
    source: Source
    ledger: Ledger
    lease: Lease
    before_step: Callable[[str], None]

    def complete(self, withdrawn: Withdrawn) -> None:
        """Drop the hours of the source's tables and of the lake's own that their floors say; adds to the account."""
        for table in self.source.tables:
            self._expire_table(table, self.lease, withdrawn)
        pending = [table for table in LAKE_TABLES if self._floor(table) is not None]
        if pending:
            with self.lease.shared_tables() as shared:
                for table in pending:
                    self._expire_table(table, shared, withdrawn)

    def _floor(self, table: Table) -> Floor | None:
        """The floor of a table below which partitions may still be."""
        floor = floor_of(self.lake.store, table.name)
        return None if floor is None or floor.is_done else floor

    def _expire_table(self, table: Table, lease: Lease, withdrawn: Withdrawn) -> None:
        floor = self._floor(table)
        if floor is None:
            return
        store, started_at = self.lake.store, datetime.now(UTC)
        run_id = new_run_id(started_at, after=self.ledger.last_run)
        versions = self.lake.catalog.partitions(table.name)
        old = [versions[partition] for partition in sorted(versions) if partition < floor.before]
        self.before_step("mark_expired")
        for version in old:
            # The catalog will have no successor to tell the sweeper when the version went.
            store.write(f"{partition_location(table.name, run_id, version.partition)}/{DROPPED_MARK}", b"")
        self.before_step("expire")
        lease.confirm()
        gone = [
            PartitionOutcome(table.name, v.partition, None, FileStatistics(), v.location, rows_removed=v.rows)
            for v in old
        ]
        swap(self.lake, table, gone)
        if old and table in self.source.tables:
            self.before_step("report_expired")
            append_removal(self.lake, self.source, self.lease, run_id, started_at, gone)
        self.before_step("expired")
        floor_is_done(store, table.name, floor)
        withdrawn.expired.setdefault(table.name, []).extend(version.partition for version in old)
        withdrawn.expired_rows += sum(version.rows for version in old)
        withdrawn.former += [version.location for version in old]
