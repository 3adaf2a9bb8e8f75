"""Tables and partitions between the shapes of the Glue API and what a lake asks of its catalog. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.lake.catalog import PartitionEntry, TableEntry
from shared.tables.partitions import Partition
from shared.tables.render import descriptor_facts, table_facts


def table_entry(table: Mapping[str, Any], root: str) -> TableEntry:
    """A table as `GetTable` answers it; its location below the lake's root."""
    columns = table.get("StorageDescriptor", {}).get("Columns", ())
    facts = table_facts(table)
    return TableEntry(
        {column["Name"]: (column.get("Type", ""), column.get("Comment", "")) for column in columns},
        facts | {"location": below_root(facts["location"], root)},
    )


def partition_entry(item: Mapping[str, Any], root: str) -> PartitionEntry:
    """A partition as `GetPartitions` answers it."""
    descriptor = item.get("StorageDescriptor", {})
    return PartitionEntry(
        Partition(*item["Values"]),
        below_root(descriptor.get("Location", ""), root),
        item.get("Parameters", {}),
        {column["Name"]: column.get("Type", "") for column in descriptor.get("Columns", ())},
        descriptor_facts(descriptor),
    )


def below_root(location: str, root: str) -> str:
    """A location below the lake's root (which ends with a slash); the whole of one that lies elsewhere."""
    return location[len(root) :].rstrip("/") if location.startswith(root) else location


def is_below_root(location: str) -> bool:
    """Whether what `below_root` gave lies in the lake."""
    return "://" not in location


def with_declared_settings(table: dict[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The table with the declared settings; its description, its partition keys and what it has more stay."""
    has, wants = table["StorageDescriptor"], wanted["StorageDescriptor"]
    serde = has.get("SerdeInfo", {}), wants["SerdeInfo"]
    descriptor = has | {
        "Location": wants["Location"],
        "InputFormat": wants["InputFormat"],
        "OutputFormat": wants["OutputFormat"],
        "SerdeInfo": serde[0] | serde[1] | {"Parameters": serde[0].get("Parameters", {}) | serde[1]["Parameters"]},
    }
    return table | {
        "TableType": wanted["TableType"],
        "Parameters": table.get("Parameters", {}) | wanted["Parameters"],
        "StorageDescriptor": descriptor,
    }
