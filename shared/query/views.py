"""One DuckDB view for each table: the declared columns in their order, then the partition keys, over the live files.

A column that was added to a table later is null in older files. Timestamps are plain UTC wall clock, as Athena gives
them. Predicates on the partition keys decide which files are opened at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.lake.lake import Lake
from shared.query.live_files import live_files
from shared.tables import PARTITION_KEYS, ColumnType, Table
from shared.tables.render import duckdb_type

if TYPE_CHECKING:
    import duckdb


def create_view(connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    """Add the view of a table to a connection; a table without a partition is an empty view."""
    files = live_files(lake, table)
    if not any(files.values()):
        select = _empty(table)
    elif lake.uri.startswith("s3://"):
        # Imported here: Arrow's datasets bring pandas with them, which local lakes need not wait for.
        from shared.query.s3_dataset import s3_dataset  # noqa: PLC0415

        relation = f"{table.name}_files"
        connection.register(relation, s3_dataset(lake.store, table, files))
        select = _over_dataset(table, relation)
    else:
        select = _over_paths(table, [lake.store.url(item.key) for items in files.values() for item in items])
    connection.execute(f"CREATE VIEW {table.name} AS {select}")


def _empty(table: Table) -> str:
    columns = [f"CAST(NULL AS {duckdb_type(c.type)}) AS {c.name}" for c in table]
    keys = [f"CAST(NULL AS VARCHAR) AS {key}" for key in PARTITION_KEYS]
    return f"SELECT {', '.join([*columns, *keys])} WHERE false"


def _over_paths(table: Table, paths: list[str]) -> str:
    """DuckDB's own reader. Told the schema, it opens no file to learn it: a year's table is ready at once.

    With a schema DuckDB does not read Hive folders itself, so the keys are cut out of the paths; its optimizer
    computes them for each path and drops files before opening them all the same.
    """
    types = ", ".join(
        f"'{c.name}': {{name: '{c.name}', type: '{duckdb_type(c.type)}', default_value: NULL}}" for c in table
    )
    keys = []
    for position, key in enumerate(PARTITION_KEYS):
        folders = [f"{k}=([^/]*)" if at == position else f"{k}=[^/]*" for at, k in enumerate(PARTITION_KEYS)]
        pattern = "/" + "/".join(folders) + "/[^/]*$"
        keys.append(f"regexp_extract(filename, '{pattern}', 1) AS {key}")
    columns = ", ".join([*table.column_names, *keys])
    files = f"[{', '.join(map(_literal, paths))}]"
    return f"SELECT {columns} FROM read_parquet({files}, schema = MAP {{{types}}}, filename = true)"  # noqa: S608 - ours


def _over_dataset(table: Table, relation: str) -> str:
    columns = [
        # DuckDB reads these with a zone; in a UTC session the cast keeps the wall clock.
        f"CAST({c.name} AS TIMESTAMP) AS {c.name}" if c.type is ColumnType.TIMESTAMP else c.name
        for c in table
    ]
    return f"SELECT {', '.join([*columns, *PARTITION_KEYS])} FROM {relation}"  # noqa: S608 - ours


def _literal(path: str) -> str:
    """A path as an SQL string in which nothing is a wildcard.

    >>> _literal("/lakes/bob's [old]/a.parquet")
    "'/lakes/bob''s [[]old]/a.parquet'"
    """
    return "'" + re.sub(r"[*?\[]", r"[\g<0>]", path).replace("'", "''") + "'"
