"""What a withdrawal removes: as an account of what went, and as a look at what would go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from shared.engine.executor import Executor
from shared.lake.catalog import PartitionVersion
from shared.lake.erase import Look, find_rows, stage_blanked
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id, remove_staging
from shared.lake.ledger import LedgerEntry
from shared.lake.subjects import Subject
from shared.lake.tables import QUARANTINE
from shared.lake.withheld import write_erasures
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition

_PARTITIONS_AT_ONCE = 256  # each lot is committed by itself: so many old versions are what a withdrawal adds at a time


@dataclass
class Withdrawn:
    """What was removed.

    rows                 of erased subjects, in all tables of the source
    partitions           of each table, rewritten without those rows
    expired, expired_rows  partitions of each table below its floor, which are gone, and their rows
    quarantined          entries in quarantine that lost their text
    objects              raw objects that hold rows of erased subjects: still there, as raw logs are not loglake's
    damaged              partitions that could not be looked through: the erasure stays pending, each run looks again
    former               locations of the versions that were replaced or dropped
    due                  objects of which copies of the erased records have to come back
    """

    rows: int = 0
    partitions: dict[str, list[Partition]] = field(default_factory=dict)
    expired: dict[str, list[Partition]] = field(default_factory=dict)
    expired_rows: int = 0
    quarantined: int = 0
    objects: set[str] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    due: list[LedgerEntry] = field(default_factory=list)

    @property
    def partition_count(self) -> int:
        """How many partitions were rewritten, of all tables."""
        return sum(map(len, self.partitions.values()))

    def sentences(self) -> list[str]:
        """What a run says of it; nothing where nothing was removed."""
        told = [f"expired: {len(hours):,} hours of {table}" for table, hours in self.expired.items() if hours]
        if self.rows or self.quarantined:
            hours = self.partition_count
            told.append(f"erased: {self.rows:,} rows in {hours:,} hours, {self.quarantined:,} texts in quarantine")
        if self.damaged:
            told.append(
                f"an erasure waits: files of {', '.join(self.damaged)} are lost or damaged; `loglake doctor --repair`"
            )
        return told


def look_for(lake: Lake, source: Source, executor: Executor, subjects: frozenset[Subject], key: bytes) -> Withdrawn:
    """What an erasure of these subjects would remove from a source's tables and the quarantine."""
    found, run_id = Withdrawn(), new_run_id(datetime.now(UTC))
    write_erasures(lake.store, run_id, subjects)
    try:
        for table in source.tables:
            look = Look(table, lake.uri, run_id, key)
            for lot in lots(lake, table):
                for each in executor.map("look for", partial(find_rows, look), lot):
                    found.rows += each.rows
                    found.objects |= each.objects
                    if each.rows:
                        found.partitions.setdefault(table.name, []).append(each.partition)
                    if each.is_damaged:
                        found.damaged.append(f"{table.name} {each.partition}")
        look = Look(QUARANTINE, lake.uri, run_id, key)
        for lot in lots(lake, QUARANTINE):
            looked = executor.map("look for in quarantine", partial(stage_blanked, look), lot)
            found.quarantined += sum(each.texts for each in looked)
            found.damaged += [f"{QUARANTINE.name} {each.partition}" for each in looked if each.is_damaged]
    finally:
        remove_staging(lake.store, run_id)
    return found


def lots(lake: Lake, table: Table) -> Iterator[list[PartitionVersion]]:
    """The versions of all partitions of a table, so many at a time; oldest first."""
    versions = lake.catalog.partitions(table.name)
    everything = [versions[partition] for partition in sorted(versions)]
    for start in range(0, len(everything), _PARTITIONS_AT_ONCE):
        yield everything[start : start + _PARTITIONS_AT_ONCE]
