"""Renderings of a table declaration: Spark schema, Glue table, documentation page, local SQL view.

Spark is imported only where its types are asked for: the Lambda and the command line render without it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.tables.declaration import PARTITION_KEYS, Column, ColumnType, Table

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_DUCKDB = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INT: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP",
    ColumnType.STRINGS: "VARCHAR[]",
    ColumnType.STRING_MAP: "MAP(VARCHAR, VARCHAR)",
}

PARQUET_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
PARQUET_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
GLUE_COMMENT_BYTES = 255
PARTITION_KEYS_FACT = "partition keys"

_CUT = "…"


def spark_schema(table: Table) -> StructType:
    """The table as Spark sees it: declared columns, then the partition keys as strings; comments included."""
    from pyspark.sql import types as T  # noqa: N812, PLC0415 - the field's usual name; Spark is optional here

    spark_types: dict[ColumnType, T.DataType] = {
        ColumnType.STRING: T.StringType(),
        ColumnType.INT: T.IntegerType(),
        ColumnType.BIGINT: T.LongType(),
        ColumnType.DOUBLE: T.DoubleType(),
        ColumnType.BOOLEAN: T.BooleanType(),
        ColumnType.TIMESTAMP: T.TimestampType(),
        ColumnType.STRINGS: T.ArrayType(T.StringType()),
        ColumnType.STRING_MAP: T.MapType(T.StringType(), T.StringType()),
    }
    fields = [T.StructField(c.name, spark_types[c.type], True, {"comment": comment(c)}) for c in table]
    return T.StructType(fields + [T.StructField(key, T.StringType(), True) for key in PARTITION_KEYS])


def comment(column: Column) -> str:
    """The column's comment in the catalog: its meaning and its unit, within Glue's 255 bytes of UTF-8."""
    text = f"{column.description} Unit: {column.unit}." if column.unit else column.description
    if len(text.encode()) <= GLUE_COMMENT_BYTES:
        return text
    return text.encode()[: GLUE_COMMENT_BYTES - len(_CUT.encode())].decode(errors="ignore") + _CUT


def glue_columns(table: Table) -> list[dict[str, str]]:
    """The columns of the Glue table, comments included."""
    return [{"Name": c.name, "Type": c.type.value, "Comment": comment(c)} for c in table]


def storage_descriptor(columns: Sequence[Mapping[str, Any]], location: str) -> dict[str, Any]:
    """The Glue storage descriptor of a table or of one of its partitions at a location (a URI)."""
    return {
        "Columns": list(columns),
        "Location": location,
        "InputFormat": PARQUET_INPUT,
        "OutputFormat": PARQUET_OUTPUT,
        "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE, "Parameters": {"serialization.format": "1"}},
        "Parameters": {"classification": "parquet", "compressionType": "zstd"},
    }


def glue_table(table: Table, location: str) -> dict[str, Any]:
    """The Glue `TableInput`: catalog partitions with pruning by index, never partition projection."""
    return {
        "Name": table.name,
        "Description": table.description,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE", "partition_filtering.enabled": "true"},
        "PartitionKeys": [
            {"Name": key, "Type": "string", "Comment": "of the event hour (UTC)"} for key in PARTITION_KEYS
        ],
        "StorageDescriptor": storage_descriptor(glue_columns(table), location),
    }


def table_facts(table: Mapping[str, Any]) -> dict[str, str]:
    """What of a Glue table (as input or as answered) has to be as rendered, in words, but for its columns."""
    keys = ", ".join(f"{key['Name']} {key['Type']}" for key in table.get("PartitionKeys", ()))
    parameters = {f"parameter {name}": str(value) for name, value in table.get("Parameters", {}).items()}
    descriptor = table.get("StorageDescriptor", {})
    location = descriptor.get("Location", "")
    return {
        "type": str(table.get("TableType")),
        PARTITION_KEYS_FACT: keys,
        "location": location,
        **descriptor_facts(descriptor),
        **parameters,
    }


def descriptor_facts(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """What a storage descriptor says of how files are read, in words."""
    serde = descriptor.get("SerdeInfo", {})
    return {
        "input format": str(descriptor.get("InputFormat")),
        "output format": str(descriptor.get("OutputFormat")),
        "serde": str(serde.get("SerializationLibrary")),
        **{f"serde parameter {name}": str(value) for name, value in serde.get("Parameters", {}).items()},
    }


def duckdb_type(kind: ColumnType) -> str:
    """The DuckDB type that answers like the Glue type does in Athena."""
    return _DUCKDB[kind]


def markdown(tables: Iterable[Table]) -> str:
    """The documentation page of the tables."""
    lines = ["# Tables", "", "Rendered from the declarations in `shared/` by `make generate`; do not edit.", ""]
    for table in tables:
        lines += [f"## {table.name}", "", table.description, ""]
        key = ", ".join(f"`{name}`" for name in table.key) or "none: every row is kept"
        lines += [f"Deduplication key: {key}. Partitions: the hour (UTC) of `{table.partition_time}`.", ""]
        if table.prefer:
            lines += [
                f"Of copies, the first in this order of `{table.prefer_column}` stays: {', '.join(table.prefer)}.",
                "",
            ]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for c in table:
            meaning = html.escape(c.description, quote=False).replace("|", "\\|")
            lines.append(f"| `{c.name}` | {c.type.value} | {c.unit or ''} | {meaning} |")
        lines += [f"| {', '.join(f'`{key}`' for key in PARTITION_KEYS)} | string | | partition keys, zero-padded |", ""]
    return "\n".join(lines)
