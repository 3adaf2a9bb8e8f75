"""How a catalog differs from what its lake says: the closed list, and a difference as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.lake.check import REPAIR
from shared.tables.partitions import Partition

REBUILD = "loglake catalog rebuild"


class Kind(StrEnum):
    """What differs."""

    CATALOG_UNUSABLE = "catalog_unusable"  # the file is damaged, or of another program
    DATABASE_MISSING = "database_missing"
    TABLE_MISSING = "table_missing"
    TABLE_DIFFERENT = "table_different"  # type, location, formats, serde, parameters
    COLUMN_MISSING = "column_missing"
    COLUMN_TYPE = "column_type"
    COLUMN_COMMENT = "column_comment"
    COLUMN_UNKNOWN = "column_unknown"  # to the declaration
    PARTITION_MISSING = "partition_missing"
    PARTITION_SUPERFLUOUS = "partition_superfluous"  # the lake has it no more
    PARTITION_ELSEWHERE = "partition_elsewhere"  # it points at another version than the newest that took effect
    PARTITION_UNCOMMITTED = "partition_uncommitted"  # ... at that of a run that has not taken effect
    PARTITION_FACTS = "partition_facts"  # its parameters are not what its files say
    PARTITION_DESCRIPTOR = "partition_descriptor"  # columns, formats, serde
    PARTITION_DOUBTFUL = "partition_doubtful"  # its files do not tell what it should be


_REMEDIES = {
    Kind.COLUMN_UNKNOWN: "nothing: tables evolve by adding columns, and one that somebody added stays",
    Kind.PARTITION_UNCOMMITTED: "wait for the run that is at work, or complete a dead one by `loglake run`",
    Kind.PARTITION_DOUBTFUL: f"restore the files from the bucket's versions, or `{REPAIR}`",
}


@dataclass(frozen=True)
class Difference:
    """One thing in which the catalog is not what the lake says.

    subject   what it is about: the catalog, a table, a column, a partition
    what      what differs
    by_hand   what to do where a rebuild does nothing about it
    """

    kind: Kind
    subject: str
    what: str
    table: str = ""
    partition: Partition | None = None
    by_hand: str = ""

    @property
    def is_information(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.kind is Kind.COLUMN_UNKNOWN

    @property
    def is_mendable(self) -> bool:
        """Whether a rebuild does something about it."""
        return not self.by_hand and self.kind not in _REMEDIES

    @property
    def remedy(self) -> str:
        """What to do."""
        return self.by_hand or _REMEDIES.get(self.kind) or f"`{REBUILD}`"
