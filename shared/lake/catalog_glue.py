"""The Glue Data Catalog as a lake's catalog: its tables, and partitions that point at the current versions."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionVersion, require_former
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

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._database

    def ensure_table(self, table: Table) -> None:
        """Create database and table, or add the columns that the table lacks; what else users changed on it stays.

        Raises StorageError when the table of that name belongs to another lake.
        """
        for attempt in range(ATTEMPTS):
            wait_before(attempt)
            try:
                self._ensure_table(table)
            except GlueError as error:
                # Somebody changed the table since it was read: what they changed is to stay, so it is read again.
                if error.code != CONCURRENT or attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def has_table(self, name: str) -> bool:
        """Whether the table exists."""
        return self._get_table(name) is not None

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        versions = (self._version(name, item) for item in self._glue.partitions(name, wanted))
        return dict(sorted((version.partition, version) for version in versions))

    def swap(
        self,
        name: str,
        versions: Iterable[PartitionVersion],
        dropped: Iterable[Partition] = (),
        former: Former | None = None,
    ) -> None:
        """See `Catalog.swap`; oldest hour first, atomic for each partition."""
        ordered, gone = sorted(versions, key=lambda version: version.partition), sorted(dropped)
        known = self.partitions(name, [*(version.partition for version in ordered), *gone])
        require_former(name, {p: version.location for p, version in known.items()}, ordered, gone, former)
        for number, batch in enumerate(batches([v for v in ordered if v.partition in known], WRITE_BATCH)):
            if number:  # the first look is some calls old by now
                self._require_former(name, batch, former)
            self._update(name, batch)
        for batch in batches([v for v in ordered if v.partition not in known], WRITE_BATCH):
            self._create(name, batch, former)
        for partitions in batches([p for p in gone if p in known], DELETE_BATCH):
            values = {tuple(p): {"Values": list(p)} for p in partitions}
            self._glue.write("batch_delete_partition", name, "PartitionsToDelete", values, fine=(ABSENT,))

    def _ensure_table(self, table: Table) -> None:
        current = self._get_table(table.name)
        if current is None:
            self._create_table(table)
            current = self._get_table(table.name) or self._wanted(table)
        descriptor = current["StorageDescriptor"]
        self._require_own(f"Table {self._database}.{table.name}", descriptor["Location"])
        columns = descriptor["Columns"]
        missing = [c for c in glue_columns(table) if c["Name"] not in {column["Name"] for column in columns}]
        if missing:
            columns = columns + missing
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
        found = self.partitions(name, [v.partition for v in versions])
        require_former(name, {p: version.location for p, version in found.items()}, versions, (), former)

    def _update(self, name: str, versions: Sequence[PartitionVersion]) -> None:
        entries = {
            tuple(v.partition): {"PartitionValueList": list(v.partition), "PartitionInput": self._input(name, v)}
            for v in versions
        }
        self._glue.write("batch_update_partition", name, "Entries", entries)

    def _input(self, name: str, version: PartitionVersion) -> dict[str, Any]:
        # The columns as the table has them, in its order: Athena compares partition and table column by column.
        descriptor = storage_descriptor(self._columns[name], f"{self._root}{version.location}/")
        return {"Values": list(version.partition), "StorageDescriptor": descriptor, "Parameters": version.parameters()}

    def _version(self, name: str, item: Mapping[str, Any]) -> PartitionVersion:
        location, partition = item["StorageDescriptor"]["Location"], Partition(*item["Values"])
        self._require_own(f"Partition {'/'.join(partition)} of {self._database}.{name}", location)
        return PartitionVersion.from_parameters(
            partition, location[len(self._root) :].rstrip("/"), item.get("Parameters", {})
        )

    def _require_own(self, what: str, location: str) -> None:
        if not location.startswith(self._root):
            raise StorageError(
                f"{what} lies at {location}, outside {self._root}.",
                remedy="call with the lake URI that this database belongs to, or use another database for this lake",
            )
