"""SQL on a lake with DuckDB: one view per table, over exactly the files of the catalog's live partitions."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from shared.errors import UsageError
from shared.lake.catalog import PartitionVersion
from shared.lake.lake import Lake
from shared.lake.tables import LAKE_TABLES
from shared.sources.registry import SOURCES
from shared.storage import ObjectInfo
from shared.tables import PARTITION_KEYS, Column, Table
from shared.tables.partitions import Partition
from shared.tables.render import duckdb_type


def all_tables() -> tuple[Table, ...]:
    """Every table that loglake writes."""
    return (*(source.table for source in SOURCES.values()), *LAKE_TABLES)


def run_sql(lake: Lake, sql: str) -> pa.Table:
    """The result of a query; UsageError that shows DuckDB's own explanation when it is wrong."""
    with connect(lake) as connection:
        try:
            result = connection.sql(sql)
            return result.to_arrow_table() if result is not None else pa.table({})
        except duckdb.Error as error:
            raise UsageError(
                f"The query failed: {error}", remedy="`loglake tables` lists tables and `--columns TABLE` their columns"
            ) from error


def connect(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A connection, in UTC, with a view for each table. A table that the lake has not got yet is an empty view."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in all_tables():
        _create_view(connection, lake, table)
    return connection


def _create_view(connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    versions = lake.catalog.partitions(table.name)
    if not versions:
        columns = [f"CAST(NULL AS {duckdb_type(c.type)}) AS {c.name}" for c in table]
        keys = [f"CAST(NULL AS VARCHAR) AS {key}" for key in PARTITION_KEYS]
        connection.execute(f"CREATE VIEW {table.name} AS SELECT {', '.join([*columns, *keys])} WHERE false")
        return
    files = _files(lake, versions)
    if lake.uri.startswith("s3://"):
        relation = f"{table.name}_files"
        connection.register(relation, _dataset(lake, table, files))
    else:
        names = ", ".join("'" + lake.store.url(key).replace("'", "''") + "'" for keys in files.values() for key in keys)
        kinds = ", ".join(f"'{key}': VARCHAR" for key in PARTITION_KEYS)
        relation = f"read_parquet([{names}], hive_partitioning = true, hive_types = {{{kinds}}}, union_by_name = true)"
    present = _columns_of(connection, relation)
    columns = [_projection(c, c.name in present) for c in table]
    connection.execute(f"CREATE VIEW {table.name} AS SELECT {', '.join([*columns, *PARTITION_KEYS])} FROM {relation}")


def _columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    described: list[Any] = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {row[0] for row in described}


def _projection(column: Column, is_present: bool) -> str:
    kind = duckdb_type(column.type)
    if not is_present:
        return f"CAST(NULL AS {kind}) AS {column.name}"
    # Athena knows no time zone on these; DuckDB reads one, and the cast in a UTC session leaves the wall clock alone.
    return f"CAST({column.name} AS {kind}) AS {column.name}" if kind == "TIMESTAMP" else column.name


def _files(lake: Lake, versions: dict[Partition, PartitionVersion]) -> dict[Partition, list[str]]:
    return {
        partition: [item.key for item in lake.store.list(version.location + "/") if isinstance(item, ObjectInfo)]
        for partition, version in versions.items()
    }


def _dataset(lake: Lake, table: Table, files: dict[Partition, list[str]]) -> ds.Dataset:
    """The files as an Arrow dataset that reads through the store's S3 settings; partition keys prune by expression."""
    format_ = ds.ParquetFileFormat()
    schema = pa.schema([pa.field(c.name, c.type.arrow) for c in table])
    schema = pa.schema([*schema, *(pa.field(key, pa.string()) for key in PARTITION_KEYS)])
    filesystem, root = lake.store.arrow_filesystem()  # type: ignore[attr-defined]
    fragments = []
    for partition, keys in files.items():
        where = ds.field(PARTITION_KEYS[0]) == partition[0]
        for name, value in list(zip(PARTITION_KEYS, partition, strict=True))[1:]:
            where &= ds.field(name) == value
        fragments += [
            format_.make_fragment(f"{root}/{key}", filesystem=filesystem, partition_expression=where) for key in keys
        ]
    return ds.FileSystemDataset(fragments, schema, format_, filesystem=filesystem)
