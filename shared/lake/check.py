"""What can be wrong with a lake: the closed list, and a finding as a value.

The checks beside this module only look. What has to be done about a finding is `shared.engine.doctor`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.tables.partitions import Partition

REPAIR = "loglake doctor --repair"


class Kind(StrEnum):
    """What is wrong; what a kind says is told in `loglake doctor`'s table in the README."""

    LEDGER_DAMAGED = "ledger_damaged"  # the record of a run cannot be read
    LEDGER_LOST = "ledger_lost"  # the record of a run is gone, but not what the run made
    LEDGER_FOREIGN = "ledger_foreign"  # a file in the ledger's folder that no run wrote
    LEDGER_INDEX_DAMAGED = "ledger_index_damaged"
    RUN_UNFINISHED = "run_unfinished"  # a run died between its note and its commit, and no run came after it
    RUN_UNREPORTED = "run_unreported"  # a committed run without its line in ingest_runs
    PARTITION_MISSING = "partition_missing"  # the catalog does not have it, the ledger or its files say it should
    PARTITION_DAMAGED = "partition_damaged"  # its files are not what the catalog says
    PARTITION_FOREIGN = "partition_foreign"  # a file among its files that readers trip over
    TABLE_MISSING = "table_missing"  # the catalog is lost, or not the one of this lake
    OBJECTS_DUE = "objects_due"  # raw objects that the next run takes in again
    RECORD_DAMAGED = "record_damaged"  # a control object that no run can read
    OPERATION_UNFINISHED = "operation_unfinished"  # an erasure, an expiry or a reprocessing that was interrupted
    LEASE_HELD = "lease_held"
    LEASE_UNREADABLE = "lease_unreadable"
    CLOCK_AHEAD = "clock_ahead"  # a run or an object from the future
    STAGING_LEFT = "staging_left"  # what dead runs had staged


# Nothing is wrong with the lake for these: a run or a sweep sees to them, or time does.
_INFORMATION = frozenset(
    {
        Kind.OBJECTS_DUE,
        Kind.OPERATION_UNFINISHED,
        Kind.LEASE_HELD,
        Kind.LEASE_UNREADABLE,
        Kind.CLOCK_AHEAD,
        Kind.STAGING_LEFT,
    }
)
_BY_HAND = frozenset({Kind.TABLE_MISSING, Kind.RECORD_DAMAGED})


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    subject    what it is about: a URL, a partition, a table, a run
    what       what is wrong; remedy: what to do, or what will be done
    owner      the source or the table that it belongs to
    run, partition, key  the run, the partition, the object in the lake that it is about, where it is about one
    """

    kind: Kind
    subject: str
    what: str
    remedy: str
    owner: str = ""
    run: str = ""
    partition: Partition | None = None
    key: str = ""

    @property
    def is_information(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.kind in _INFORMATION

    @property
    def is_repairable(self) -> bool:
        """Whether `--repair` does something about it."""
        return not self.is_information and self.kind not in _BY_HAND
