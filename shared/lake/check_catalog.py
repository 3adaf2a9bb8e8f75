"""The catalog held against what its lake says: every difference by name. Looks only, and takes no lease."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from shared.lake.catalog import PartitionEntry, PartitionVersion, TableEntry
from shared.lake.check import REPAIR
from shared.lake.difference import REBUILD, Difference, Kind
from shared.lake.examine import require_lake
from shared.lake.lake import Lake
from shared.lake.layout import partition_location
from shared.lake.tables import LAKE_TABLES
from shared.lake.truth import Entries, Truth, truths
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition
from shared.tables.render import (
    PARTITION_KEYS_FACT,
    descriptor_facts,
    glue_columns,
    glue_table,
    storage_descriptor,
    table_facts,
)

_OF_LOGLAKE = "loglake."
_FILES = descriptor_facts(storage_descriptor([], ""))
_DELETE_TABLE = f"no call can change it: delete the table in the catalog (its files stay), then `{REBUILD}`"


@dataclass
class Comparison:
    """What the lake says of its tables, and in what the catalog differs from it."""

    truths: list[Truth] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether the catalog is what the lake says."""
        return all(difference.is_information for difference in self.differences)


def compare(lake: Lake, sources: Collection[Source]) -> Comparison:
    """Compare catalog and lake."""
    require_lake(lake, sources)
    found = Comparison()
    if (fault := lake.catalog.fault()) is not None:
        found.differences.append(Difference(Kind.CATALOG_UNUSABLE, "catalog", fault))
        is_there = False
    elif not (is_there := lake.catalog.exists()):
        found.differences.append(Difference(Kind.DATABASE_MISSING, "catalog", "there is no such catalog"))
    tables = [*LAKE_TABLES, *(table for source in sources for table in source.tables)]
    has = {table.name: lake.catalog.table_entry(table.name) for table in tables} if is_there else {}
    entries: Entries = {name: lake.catalog.partition_entries(name) for name, entry in has.items() if entry is not None}
    found.truths = truths(lake, sources, entries)
    for truth in found.truths:
        entry = has.get(truth.table.name)
        found.differences += _of_table(truth.table, entry)
        of_partitions = list(_of_partitions(truth, _types(truth.table, entry)))
        found.differences += _still(lake, truth, of_partitions) if entry is not None else of_partitions
    return found


def _of_table(table: Table, entry: TableEntry | None) -> Iterator[Difference]:
    if entry is None:
        yield Difference(Kind.TABLE_MISSING, table.name, "the catalog does not have the table", table.name)
        return
    declared = {column["Name"]: (column["Type"], column["Comment"]) for column in glue_columns(table)}
    for name, (kind, comment) in declared.items():
        subject = f"{table.name}.{name}"
        if name not in entry.columns:
            yield Difference(Kind.COLUMN_MISSING, subject, "the catalog does not have the column", table.name)
            continue
        has_kind, has_comment = entry.columns[name]
        if has_kind != kind:
            yield Difference(Kind.COLUMN_TYPE, subject, f"is {has_kind} instead of {kind}", table.name)
        if has_comment != comment:
            yield Difference(Kind.COLUMN_COMMENT, subject, f"says {has_comment!r} instead of {comment!r}", table.name)
    for name in sorted(entry.columns.keys() - declared.keys()):
        yield Difference(Kind.COLUMN_UNKNOWN, f"{table.name}.{name}", "is no column of loglake's", table.name)
    for name, wanted in table_facts(glue_table(table, table.name)).items():
        if entry.facts is not None and entry.facts.get(name) != wanted:
            what = f"{name} is {entry.facts.get(name)!r} instead of {wanted!r}"
            by_hand = _DELETE_TABLE if name == PARTITION_KEYS_FACT else ""
            yield Difference(Kind.TABLE_DIFFERENT, table.name, what, table.name, by_hand=by_hand)


def _types(table: Table, entry: TableEntry | None) -> Mapping[str, str]:
    """The columns that the table has once it is as declared."""
    has = {name: kind for name, (kind, _) in entry.columns.items()} if entry is not None else {}
    return has | {column["Name"]: column["Type"] for column in glue_columns(table)}


def _of_partitions(truth: Truth, types: Mapping[str, str]) -> Iterator[Difference]:
    """At most one for each partition: the first that makes the others void."""
    for partition in sorted({*truth.versions, *truth.entries, *truth.doubts}):
        entry = truth.entries.get(partition)
        found = _of_absent(truth, partition) if entry is None else _of_entry(truth, entry, types)
        if found is not None:
            kind, what = found
            by_hand = f"`{REPAIR}`" if entry is None and partition in truth.doubts else ""
            yield Difference(kind, f"{truth.table.name} {partition}", what, truth.table.name, partition, by_hand)


def _of_absent(truth: Truth, partition: Partition) -> tuple[Kind, str] | None:
    if partition in truth.doubts:
        return (
            Kind.PARTITION_MISSING,
            f"the catalog does not have it, and cannot be given it: {truth.doubts[partition]}",
        )
    return (Kind.PARTITION_MISSING, "the catalog does not have it") if partition in truth.versions else None


def _of_entry(truth: Truth, entry: PartitionEntry, types: Mapping[str, str]) -> tuple[Kind, str] | None:
    partition = entry.partition
    if (run := _uncommitted(truth, entry)) is not None:
        return Kind.PARTITION_UNCOMMITTED, f"it points at the version of run {run}, which has not taken effect"
    if partition in truth.gone:
        return Kind.PARTITION_SUPERFLUOUS, truth.gone[partition]
    if partition in truth.doubts:
        return Kind.PARTITION_DOUBTFUL, truth.doubts[partition]
    return _of_version(entry, truth.versions[partition], types) if partition in truth.versions else None


def _of_version(entry: PartitionEntry, version: PartitionVersion, types: Mapping[str, str]) -> tuple[Kind, str] | None:
    if entry.location != version.location:
        return Kind.PARTITION_ELSEWHERE, f"it points at {entry.location} instead of {version.location}"
    if (what := _facts(entry, version)) is not None:
        return Kind.PARTITION_FACTS, what
    if (what := _descriptor(entry, types)) is not None:
        return Kind.PARTITION_DESCRIPTOR, what
    return None


def _uncommitted(truth: Truth, entry: PartitionEntry) -> str | None:
    """The run that an entry points at, if that died, or is at work, between its swap and its commit."""
    state = truth.state
    newest = state.newest(entry.partition)
    for run, files in state.versions.get(entry.partition, {}).items():
        if entry.location == partition_location(state.table.name, run, entry.partition):
            is_behind = newest is None or run > newest[0]
            return run if run in state.unfinished and files.parts and is_behind else None
    return None


def _facts(entry: PartitionEntry, version: PartitionVersion) -> str | None:
    has = {name: value for name, value in entry.parameters.items() if name.startswith(_OF_LOGLAKE)}
    wants = version.parameters()
    for name in sorted({*has, *wants}):
        if has.get(name) != wants.get(name):
            return f"{name} is {has.get(name)}, but its files say {wants.get(name)}"
    return None


def _descriptor(entry: PartitionEntry, types: Mapping[str, str]) -> str | None:
    """What of a descriptor is wrong. One of fewer columns than the table is right: tables evolve by adding."""
    if entry.columns is not None:
        if not entry.columns:
            return "it has no columns"
        for name, kind in entry.columns.items():
            if types.get(name) != kind:
                return f"its column {name} is {kind}, but the table's is {types.get(name)}"
    for name, wanted in _FILES.items():
        if entry.facts is not None and entry.facts.get(name) != wanted:
            return f"its {name} is {entry.facts.get(name)!r} instead of {wanted!r}"
    return None


def _still(lake: Lake, truth: Truth, found: list[Difference]) -> list[Difference]:
    """Those whose partition is still as it was: a run may have swapped it between the two looks."""
    suspects = [difference.partition for difference in found if difference.partition is not None]
    now = lake.catalog.partition_entries(truth.table.name, suspects) if suspects else {}
    return [d for d in found if d.partition is None or now.get(d.partition) == truth.entries.get(d.partition)]
