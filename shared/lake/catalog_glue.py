"""The Glue Data Catalog as a lake's catalog: its tables, and partitions that point at the current versions."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionEntry, PartitionVersion, TableEntry, require_former
from shared.lake.catalog_glue_calls import (
    ABSENT,
    ATTEMPTS,
    CONCURRENT,
    DELETE_BATCH,
    EXISTS,
    WRITE_BATCH,
    GlueCalls,
    GlueError,
    batches,
    wait_before,
)
from shared.tables import PARTITION_KEYS, Table
from shared.tables.partitions import Partition
from shared.tables.render import glue_columns, glue_table, storage_descriptor

# What of a table, as GetTable answers it, UpdateTable takes.
_TABLE_INPUT = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "TableType",
    "Parameters",
)
# The service refuses an index on a table whose metadata is encrypted.
_NO_INDEX = frozenset({"InvalidInputException", "GlueEncryptionException"})

_log = logging.getLogger(__name__)


class GlueCatalog:
    """The tables of one Glue database whose partitions lie below one lake URI.

    client    a boto3 Glue client
    database  created when it does not exist
    """

    def __init__(self, client: Any, database: str, lake_uri: str) -> None:
        self._glue = GlueCalls(client, database)
        self._database = database
        self._root = lake_uri.rstrip("/") + "/"
        self._columns: dict[str, list[dict[str, Any]]] = {}

    def exists(self) -> bool:
        """Whether the database is there."""
        return bool(self._glue.call("get_database", scoped=False, Name=self._database, ignore=(ABSENT,)))

    def ensure_table(self, table: Table, *, retype: bool = False) -> None:
        """Create database and table, or add the columns that the table lacks; what else users changed on it stays.

        retype  also give declared columns their declared type where it is another
        Raises StorageError when the table of that name belongs to another lake.
        """
        for attempt in range(ATTEMPTS):
            wait_before(attempt)
            try:
                self._ensure_table(table, retype=retype)
            except GlueError as error:
                # Somebody changed the table since it was read: what they changed is to stay, so it is read again.
                if error.code != CONCURRENT or attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def has_table(self, name: str) -> bool:
        """Whether the table exists."""
        return self._get_table(name) is not None

    def table_entry(self, name: str) -> TableEntry | None:
        """See `Catalog.table_entry`."""
        found = self._get_table(name)
        if found is None:
            return None
        descriptor = found.get("StorageDescriptor", {})
        return TableEntry(
            self._below_root(descriptor.get("Location", "")),
            {column["Name"]: column.get("Type", "") for column in descriptor.get("Columns", ())},
            tuple(key["Name"] for key in found.get("PartitionKeys", ())),
        )

    def partition_entries(self, name: str) -> dict[Partition, PartitionEntry]:
        """See `Catalog.partition_entries`."""
        return self._entries(name, None)

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        versions = {}
        for partition, entry in sorted(self._entries(name, wanted).items()):
            self._require_own(f"Partition {'/'.join(partition)} of {self._database}.{name}", entry.location)
            versions[partition] = PartitionVersion.from_parameters(partition, entry.location, entry.parameters)
        return versions

    def swap(
        self,
        name: str,
        versions: Iterable[PartitionVersion],
        dropped: Iterable[Partition] = (),
        former: Former | None = None,
    ) -> None:
        """See `Catalog.swap`; oldest hour first, atomic for each partition."""
        ordered, gone = sorted(versions, key=lambda version: version.partition), sorted(dropped)
        known = self._entries(name, [*(version.partition for version in ordered), *gone])
        require_former(name, {p: entry.location for p, entry in known.items()}, ordered, gone, former)
        for number, batch in enumerate(batches([v for v in ordered if v.partition in known], WRITE_BATCH)):
            if number:  # the first look is some calls old by now
                self._require_former(name, batch, former)
            self._update(name, batch)
        for batch in batches([v for v in ordered if v.partition not in known], WRITE_BATCH):
            self._create(name, batch, former)
        for partitions in batches([p for p in gone if p in known], DELETE_BATCH):
            values = {tuple(p): {"Values": list(p)} for p in partitions}
            self._glue.write("batch_delete_partition", name, "PartitionsToDelete", values, fine=(ABSENT,))

    def _ensure_table(self, table: Table, *, retype: bool) -> None:
        current = self._get_table(table.name)
        if current is None:
            self._create_table(table)
            current = self._get_table(table.name) or self._wanted(table)
        descriptor = current["StorageDescriptor"]
        self._require_own(f"Table {self._database}.{table.name}", self._below_root(descriptor["Location"]))
        columns = with_declared(descriptor["Columns"], glue_columns(table), retype=retype)
        if columns != descriptor["Columns"]:
            kept = {name: current[name] for name in _TABLE_INPUT if name in current}
            wanted = kept | {"StorageDescriptor": descriptor | {"Columns": columns}}
            seen = {"VersionId": current["VersionId"]} if "VersionId" in current else {}
            self._glue.call("update_table", TableInput=wanted, attempts=1, **seen)
        self._columns[table.name] = columns

    def _create_table(self, table: Table) -> None:
        database = {"Name": self._database, "Description": "Logs, made by loglake", "LocationUri": self._root}
        self._glue.call("create_database", scoped=False, DatabaseInput=database, ignore=(EXISTS,))
        indexes = [{"IndexName": "by_hour", "Keys": list(PARTITION_KEYS)}]
        wanted = self._wanted(table)
        try:
            self._glue.call("create_table", TableInput=wanted, PartitionIndexes=indexes, ignore=(EXISTS,))
        except GlueError as error:
            if error.code not in _NO_INDEX:
                raise
            self._glue.call("create_table", TableInput=wanted, ignore=(EXISTS,))
            _log.warning("%s.%s has no partition index: %s", self._database, table.name, error.what)

    def _wanted(self, table: Table) -> dict[str, Any]:
        return glue_table(table, f"{self._root}{table.name}/")

    def _get_table(self, name: str) -> dict[str, Any] | None:
        return self._glue.call("get_table", Name=name, ignore=(ABSENT,)).get("Table")

    def _create(self, name: str, versions: Sequence[PartitionVersion], former: Former | None) -> None:
        inputs = {tuple(v.partition): self._input(name, v) for v in versions}
        existing = self._glue.write("batch_create_partition", name, "PartitionInputList", inputs, fine=(EXISTS,))
        if existing:
            # Created by an earlier try whose answer was lost: the location still has to become ours. Or by another run.
            again = [v for v in versions if tuple(v.partition) in existing]
            self._require_former(name, again, former)
            self._update(name, again)

    def _require_former(self, name: str, versions: Sequence[PartitionVersion], former: Former | None) -> None:
        if former is not None:
            found = self._entries(name, [v.partition for v in versions])
            require_former(name, {p: entry.location for p, entry in found.items()}, versions, (), former)

    def _update(self, name: str, versions: Sequence[PartitionVersion]) -> None:
        entries = {
            tuple(v.partition): {"PartitionValueList": list(v.partition), "PartitionInput": self._input(name, v)}
            for v in versions
        }
        self._glue.write("batch_update_partition", name, "Entries", entries)

    def _input(self, name: str, version: PartitionVersion) -> dict[str, Any]:
        # The columns as the table has them, in its order: Athena compares partition and table column by column.
        if name not in self._columns:
            self._columns[name] = (self._get_table(name) or {})["StorageDescriptor"]["Columns"]
        descriptor = storage_descriptor(self._columns[name], f"{self._root}{version.location}/")
        return {"Values": list(version.partition), "StorageDescriptor": descriptor, "Parameters": version.parameters()}

    def _entries(self, name: str, wanted: Sequence[Partition] | None) -> dict[Partition, PartitionEntry]:
        found = self._glue.partitions(name, wanted)
        return {Partition(*item["Values"]): self._entry(item) for item in found}

    def _entry(self, item: Mapping[str, Any]) -> PartitionEntry:
        location = item.get("StorageDescriptor", {}).get("Location", "")
        return PartitionEntry(self._below_root(location), item.get("Parameters", {}))

    def _below_root(self, location: str) -> str:
        return location.removeprefix(self._root).rstrip("/")

    def _require_own(self, what: str, location: str) -> None:
        if "://" in location:
            raise StorageError(
                f"{what} lies at {location}/, outside {self._root}.",
                remedy="call with the lake URI that this database belongs to, or use another database for this lake",
            )


def with_declared(
    columns: Sequence[dict[str, Any]], declared: Sequence[Mapping[str, Any]], *, retype: bool
) -> list[dict[str, Any]]:
    """A table's columns, and behind them the declared ones that it lacks.

    retype  give declared columns that it has their declared types
    """
    types = {column["Name"]: column["Type"] for column in declared} if retype else {}
    kept = [column | {"Type": types.get(column["Name"], column.get("Type", ""))} for column in columns]
    names = {column["Name"] for column in columns}
    return kept + [dict(column) for column in declared if column["Name"] not in names]
