"""The Glue Data Catalog: partitions by the batch API, within its limits, with every per-item error looked at.

Batch calls answer with errors per item instead of raising; an item that fails for want of throughput is sent again, any
other stops the run with the partition's name. Limits as of the Glue API reference: 100 partitions to create or update,
25 to delete, 1,000 to get in one call.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionVersion, require_former
from shared.tables import PARTITION_KEYS, Table
from shared.tables.partitions import Partition
from shared.tables.render import glue_columns, glue_table, storage_descriptor

WRITE_BATCH = 100
DELETE_BATCH = 25
GET_BATCH = 1000

_ATTEMPTS = 6
_RETRIED = frozenset(
    {"ThrottlingException", "InternalServiceException", "OperationTimeoutException", "ConcurrentModificationException"}
)
_ABSENT = ("EntityNotFoundException",)
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

T = TypeVar("T")


class GlueCatalog:
    """The tables of one Glue database whose partitions lie below one lake URI.

    client    a boto3 Glue client
    database  created when it does not exist
    """

    def __init__(self, client: Any, database: str, lake_uri: str, *, pause_s: float = 1.0) -> None:
        self._glue = client
        self._database = database
        self._root = lake_uri.rstrip("/") + "/"
        self._pause_s = pause_s
        self._columns: dict[str, list[dict[str, Any]]] = {}

    def ensure_table(self, table: Table) -> None:
        """Create database and table, or add the columns that the table lacks; what else users changed on it stays.

        Raises StorageError when the table of that name belongs to another lake.
        """
        current = self._get_table(table.name)
        if current is None:
            self._create_database()
            wanted = glue_table(table, f"{self._root}{table.name}/")
            indexes = [{"IndexName": "by_hour", "Keys": list(PARTITION_KEYS)}]
            self._call("create_table", TableInput=wanted, PartitionIndexes=indexes, ignore=("AlreadyExistsException",))
            current = self._get_table(table.name) or wanted
        descriptor = current["StorageDescriptor"]
        self._require_own(f"Table {self._database}.{table.name}", descriptor["Location"])
        columns = descriptor["Columns"]
        missing = [c for c in glue_columns(table) if c["Name"] not in {column["Name"] for column in columns}]
        if missing:
            columns = columns + missing
            kept = {name: current[name] for name in _TABLE_INPUT if name in current}
            self._call("update_table", TableInput=kept | {"StorageDescriptor": descriptor | {"Columns": columns}})
        self._columns[table.name] = columns

    def has_table(self, name: str) -> bool:
        """Whether the table exists."""
        return self._get_table(name) is not None

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        found = self._all_partitions(name) if wanted is None else self._some_partitions(name, wanted)
        versions = (self._version(name, item) for item in found)
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
        for number, batch in enumerate(_batches([v for v in ordered if v.partition in known], WRITE_BATCH)):
            if number:  # the first look is some calls old by now
                self._require_former(name, batch, former)
            self._update(name, batch)
        for batch in _batches([v for v in ordered if v.partition not in known], WRITE_BATCH):
            self._create(name, batch, former)
        for partitions in _batches([p for p in gone if p in known], DELETE_BATCH):
            self._delete(name, partitions)

    def _delete(self, name: str, partitions: Sequence[Partition]) -> None:
        values = {tuple(p): {"Values": list(p)} for p in partitions}
        self._write("batch_delete_partition", name, values, "PartitionsToDelete", fine=_ABSENT)

    def _create(self, name: str, versions: Sequence[PartitionVersion], former: Former | None) -> None:
        inputs = {tuple(v.partition): self._input(name, v) for v in versions}
        existing = self._write(
            "batch_create_partition", name, inputs, "PartitionInputList", fine=("AlreadyExistsException",)
        )
        if existing:
            # Created by an earlier try whose answer was lost: the location still has to become ours. Or by another run.
            again = [v for v in versions if tuple(v.partition) in existing]
            self._require_former(name, again, former)
            self._update(name, again)

    def _require_former(self, name: str, versions: Sequence[PartitionVersion], former: Former | None) -> None:
        found = self.partitions(name, [v.partition for v in versions])
        require_former(name, {p: version.location for p, version in found.items()}, versions, (), former)

    def _update(self, name: str, versions: Sequence[PartitionVersion]) -> None:
        if versions:
            entries = {
                tuple(v.partition): {"PartitionValueList": list(v.partition), "PartitionInput": self._input(name, v)}
                for v in versions
            }
            self._write("batch_update_partition", name, entries, "Entries")

    def _write(
        self, call: str, name: str, items: Mapping[tuple[str, ...], Any], argument: str, fine: tuple[str, ...] = ()
    ) -> set[tuple[str, ...]]:
        """Send the items until none is throttled; returns those that failed with an error that is fine."""
        accepted: set[tuple[str, ...]] = set()
        left = dict(items)
        for attempt in range(_ATTEMPTS):
            if not left:
                break
            if attempt:
                time.sleep(self._pause_s * 2 ** (attempt - 1))
            arguments: dict[str, Any] = {argument: list(left.values())}
            answer = self._call(call, TableName=name, **arguments)
            failed: dict[tuple[str, ...], Any] = {}
            for error in answer.get("Errors") or []:
                values = tuple(error.get("PartitionValues") or error.get("PartitionValueList") or ())
                detail = error.get("ErrorDetail", {})
                code = detail.get("ErrorCode", "")
                if code in fine:
                    accepted.add(values)
                elif code in _RETRIED and values in left:
                    failed[values] = left[values]
                else:
                    raise _failure(f"partition {'/'.join(values)} of {name}", code, detail.get("ErrorMessage", ""))
            left = failed
        if left:
            raise _failure(f"partition {'/'.join(next(iter(left)))} of {name}", "throttled", f"{_ATTEMPTS} attempts")
        return accepted

    def _all_partitions(self, name: str) -> Iterator[Mapping[str, Any]]:
        arguments: dict[str, Any] = {"ExcludeColumnSchema": True}
        while True:
            answer = self._call("get_partitions", TableName=name, ignore=_ABSENT, **arguments)
            yield from answer.get("Partitions", [])
            if not answer.get("NextToken"):
                return
            arguments["NextToken"] = answer["NextToken"]

    def _some_partitions(self, name: str, wanted: Sequence[Partition]) -> Iterator[Mapping[str, Any]]:
        for batch in _batches(list(wanted), GET_BATCH):
            left = [{"Values": list(partition)} for partition in batch]
            for attempt in range(_ATTEMPTS):
                answer = self._call("batch_get_partition", TableName=name, PartitionsToGet=left, ignore=_ABSENT)
                yield from answer.get("Partitions", [])
                left = answer.get("UnprocessedKeys") or []
                if not left:
                    break
                time.sleep(self._pause_s * 2**attempt)
            if left:
                raise _failure(
                    f"partitions of {name}", "UnprocessedKeys", f"{len(left)} left after {_ATTEMPTS} attempts"
                )

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

    def _input(self, name: str, version: PartitionVersion) -> dict[str, Any]:
        # The columns as the table has them, in its order: Athena compares partition and table column by column.
        descriptor = storage_descriptor(self._columns[name], f"{self._root}{version.location}/")
        return {"Values": list(version.partition), "StorageDescriptor": descriptor, "Parameters": version.parameters()}

    def _get_table(self, name: str) -> dict[str, Any] | None:
        answer = self._call("get_table", Name=name, ignore=_ABSENT)
        return answer.get("Table")

    def _create_database(self) -> None:
        database = {"Name": self._database, "Description": "Logs, made by loglake", "LocationUri": self._root}
        self._call("create_database", scoped=False, DatabaseInput=database, ignore=("AlreadyExistsException",))

    def _call(
        self, operation: str, *, ignore: tuple[str, ...] = (), scoped: bool = True, **arguments: Any
    ) -> dict[str, Any]:
        if scoped:
            arguments["DatabaseName"] = self._database
        try:
            answer: dict[str, Any] = getattr(self._glue, operation)(**arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ignore:
                return {}
            raise _failure(f"{operation} on database {self._database}", code, str(error)) from error
        except BotoCoreError as error:
            raise _failure(f"{operation} on database {self._database}", type(error).__name__, str(error)) from error
        return answer


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _failure(what: str, code: str, message: str) -> StorageError:
    remedy = (
        "give the job's role the Glue permissions on catalog, database and tables that the README lists"
        if "AccessDenied" in code
        else "run again: what was swapped stays, the rest follows"
    )
    return StorageError(f"Glue catalog: {what} failed: {code} {message}".rstrip() + ".", remedy=remedy)
