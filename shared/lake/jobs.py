"""The work of a publish as values: what a task of it is given and what it hands back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from shared.lake.catalog import PartitionVersion
from shared.lake.layout import staging_folder
from shared.lake.parquet import FileStatistics
from shared.lake.published import VersionFile
from shared.storage import Store, open_store
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class StagedFile:
    """A file that an ingest task of the run wrote for a partition."""

    table_name: str
    partition: Partition
    key: str
    rows: int


@dataclass(frozen=True)
class Withholding:
    """What must not be in a table, whoever brings it.

    before       hours before this one have expired; None: none have
    erasure_key  the key by which rows of erased subjects are told; None: nobody is erased
    """

    before: Partition | None = None
    erasure_key: bytes | None = field(default=None, repr=False)

    def expires(self, partition: Partition) -> bool:
        """Whether the whole partition has expired."""
        return self.before is not None and partition < self.before


NOTHING_WITHHELD = Withholding()


@dataclass(frozen=True)
class PartitionJob:
    """Everything that decides the new version of one partition.

    is_complete    the run has every object of which the current version has rows: a damaged one can be made anew
    current_files  of the current version where this process knows them; none: they have to be listed
    """

    table: Table
    partition: Partition
    run_id: str
    lake_uri: str
    staged: tuple[StagedFile, ...]
    current: PartitionVersion | None
    is_complete: bool = False
    withholding: Withholding = NOTHING_WITHHELD
    current_files: tuple[VersionFile, ...] = ()


@dataclass(frozen=True)
class PartitionOutcome:
    """The new version (None when no row is left) and what changed.

    former        location of the version that the new one was built on; None where there was none
    rows_added    new records that stay
    rows_removed  former rows that went: own rows of the run's objects, displaced, expired and erased ones
    duplicates    new records that gave way, by object
    withheld      new records that have expired or are an erased subject's, by object
    displaced     former rows that gave way to new records: duplicates, too, only found the other way round
    lost_to       (loser, winner) objects: if the winner is ever replaced, the loser has to be taken in again
    files         of the new version, where they were written and not found
    """

    table_name: str
    partition: Partition
    version: PartitionVersion | None
    statistics: FileStatistics
    former: str | None
    rows_added: int = 0
    rows_removed: int = 0
    duplicates: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    displaced: int = 0
    overlap: int = 0
    conflicting: int = 0
    lost_to: frozenset[tuple[str, str]] = frozenset()
    files: tuple[VersionFile, ...] = ()


def own_objects_key(run_id: str, table_name: str) -> str:
    """Where a run lists the objects whose rows it replaces in a table, for its own tasks."""
    return f"{staging_folder(run_id)}/objects-{table_name}.txt"


def write_own_objects(store: Store, run_id: str, table_name: str, urls: Iterable[str]) -> None:
    """List the run's objects once, instead of shipping them with each of thousands of partition jobs."""
    store.write(own_objects_key(run_id, table_name), "\0".join(urls).encode())


@lru_cache(maxsize=4)
def own_objects(lake_uri: str, run_id: str, table_name: str) -> frozenset[str]:
    """The objects of that list; read once per process."""
    content = open_store(lake_uri).read(own_objects_key(run_id, table_name))
    return frozenset(content.decode().split("\0"))
