"""The catalog: which version of which partition readers see. One interface, two implementations.

A swap replaces the location of partitions; a reader sees a partition before or after it, never half. The Glue catalog
swaps in batches within the API's limits, the local catalog in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import LeaseHeldError
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class PartitionVersion:
    """One version of a partition: where its files lie (below the lake's root) and what they hold."""

    partition: Partition
    location: str
    run_id: str
    rows: int
    files: int
    size_bytes: int
    min_event_ms: int | None
    max_event_ms: int | None
    source_digest: str

    def parameters(self) -> dict[str, str]:
        """The version's facts as the catalog keeps them beside the location."""
        facts: dict[str, object] = {
            "loglake.run_id": self.run_id,
            "loglake.rows": self.rows,
            "loglake.files": self.files,
            "loglake.bytes": self.size_bytes,
            "loglake.min_event_ms": self.min_event_ms,
            "loglake.max_event_ms": self.max_event_ms,
            "loglake.source_digest": self.source_digest,
        }
        return {name: str(value) for name, value in facts.items() if value is not None}

    @classmethod
    def from_parameters(cls, partition: Partition, location: str, parameters: Mapping[str, str]) -> PartitionVersion:
        """The inverse of `parameters`; facts that are missing (a hand-made partition) read as unknown."""

        def number(name: str) -> int | None:
            value = parameters.get(f"loglake.{name}")
            return int(value) if value is not None else None

        return cls(
            partition,
            location,
            run_id=parameters.get("loglake.run_id", ""),
            rows=number("rows") or 0,
            files=number("files") or 0,
            size_bytes=number("bytes") or 0,
            min_event_ms=number("min_event_ms"),
            max_event_ms=number("max_event_ms"),
            source_digest=parameters.get("loglake.source_digest", ""),
        )


@dataclass(frozen=True)
class TableEntry:
    """A table as the catalog has it.

    columns  type and comment by name
    facts    how its files are read and where they lie; None: the catalog keeps nothing of the kind
    """

    columns: Mapping[str, tuple[str, str]]
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PartitionEntry:
    """A partition as the catalog has it, whoever made it so.

    location    below the lake's root; the whole URI of what lies elsewhere
    parameters  beside the location, those that other tools put there, too
    columns     types by name, and facts: how its files are read; None: the catalog keeps nothing of the kind
    """

    partition: Partition
    location: str
    parameters: Mapping[str, str]
    columns: Mapping[str, str] | None = None
    facts: Mapping[str, str] | None = None


Former = Mapping[Partition, str | None]


class Catalog(Protocol):
    """What a lake asks of its catalog. Errors are LoglakeErrors that name the table or partition."""

    @property
    def database(self) -> str | None:
        """The name by which Athena knows the lake; None where the catalog is a file and has none."""

    def exists(self) -> bool:
        """Whether there is such a catalog at all: the database, the file."""

    def fault(self) -> str | None:
        """Why the catalog as a whole cannot be used, in words; None for one that can, or is not there."""

    def put_aside(self) -> str:
        """Move a catalog that cannot be used out of the way, under a name that is returned."""

    def ensure_table(self, table: Table, *, exactly: bool = False) -> None:
        """Create the table, or add the columns that it lacks; never remove one.

        exactly  also set right the columns and settings that are not as declared; what the declaration does not know
                 stays
        """

    def has_table(self, name: str) -> bool:
        """Whether the table exists."""

    def table_entry(self, name: str) -> TableEntry | None:
        """The table as it stands in the catalog, if it does."""

    def partition_entries(
        self, name: str, wanted: Sequence[Partition] | None = None
    ) -> dict[Partition, PartitionEntry]:
        """All partitions as they stand in the catalog, or the wanted ones that do; right or wrong ones."""

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""

    def swap(
        self,
        name: str,
        versions: Iterable[PartitionVersion],
        dropped: Iterable[Partition] = (),
        former: Former | None = None,
    ) -> None:
        """Make these the current versions, creating partitions as needed, and remove others. Safe to repeat.

        former  what the new versions were built on: the location of each partition, None where there was none
        Raises LeaseHeldError, before anything is written, when a partition has neither its former nor its new state.
        """


def require_former(
    name: str,
    current: Mapping[Partition, str],
    versions: Iterable[PartitionVersion],
    dropped: Iterable[Partition],
    former: Former | None,
) -> None:
    """The check that `Catalog.swap` makes of the current locations.

    A run that stood still between renewing its lease and its swap must not put what it built over what another run
    published meanwhile: that run's rows would be lost, while the ledger has its objects as taken in.
    """
    if former is None:
        return
    wanted: dict[Partition, str | None] = {version.partition: version.location for version in versions}
    wanted |= dict.fromkeys(dropped)
    for partition, location in wanted.items():
        if current.get(partition) not in {former[partition], location}:
            raise LeaseHeldError(
                f"Partition {partition} of {name} is no longer as this run read it: another run took over meanwhile.",
                remedy="run again once that run has ended; what this run did not commit is taken in then",
            )
