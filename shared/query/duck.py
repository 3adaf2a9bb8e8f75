"""SQL on a lake with DuckDB, in UTC: what Athena does on AWS, in Athena's dialect, and without a server."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from shared.errors import StorageError, UsageError
from shared.interrupts import interruptible
from shared.lake.lake import Lake
from shared.query.athena import explained, prepare, translate
from shared.query.dialects import Dialect
from shared.query.tables import all_tables
from shared.query.views import create_view
from shared.tables import Table

_REMEDY = "`loglake tables --lake LAKE` lists the tables and `loglake tables --columns TABLE` the columns of one"
_OF_VALUES = (
    "look at the values that it meets; nullif(x, 0), try(x), TRY_CAST and element_at give NULL instead of an error"
)
_HUGEINT = pa.decimal128(38, 0)


def run_sql(lake: Lake, sql: str, dialect: str = Dialect.ATHENA) -> pa.Table:
    """The result of a query; a text without a statement gives a table without columns.

    The SQL is Athena's, with Athena's answer, or DuckDB's own. Raises UsageError with an explanation when it is wrong,
    StorageError when files cannot be read.
    """
    # A table costs a listing, so only those that the text names are made; `SHOW TABLES` names none and gets all.
    tables = all_tables()
    named = [table for table in tables if re.search(rf"\b{table.name}\b", sql, re.IGNORECASE)]
    told = sql if dialect == Dialect.DUCKDB else translate(sql, lake.catalog.database)
    try:
        with duckdb.connect() as connection:
            return interruptible(lambda: _answer(connection, lake, named or tables, told), connection.interrupt)
    except duckdb.IOException as error:
        raise StorageError(
            f"The lake's files cannot be read: {error}",
            remedy="ask again if a sweep was running; else check the files and the permissions on them",
        ) from error
    except duckdb.Error as error:
        what = str(error) if dialect == Dialect.DUCKDB else explained(str(error), sql)
        unknown = isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException))
        raise UsageError(f"The query failed: {what}", remedy=_REMEDY if unknown else _OF_VALUES) from error


def _answer(connection: duckdb.DuckDBPyConnection, lake: Lake, tables: Iterable[Table], sql: str) -> pa.Table:
    _add_views(connection, lake, tables)
    prepare(connection, sql)
    result = connection.sql(sql) if sql else None
    return _with_bigint_sums(result.to_arrow_table()) if result is not None else pa.table({})


def connect(lake: Lake, tables: Iterable[Table] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in UTC with a view for each table, by default all; one that the lake has not got yet is empty."""
    connection = duckdb.connect()
    _add_views(connection, lake, all_tables() if tables is None else tables)
    return connection


def _add_views(connection: duckdb.DuckDBPyConnection, lake: Lake, tables: Iterable[Table]) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    # It makes an aggregate over a window a join of the query with a copy of itself, and in the copy a filter that left
    # files out is lost: a share of an hour's total would be one of all hours' (seen with DuckDB 2.0.0).
    connection.execute("SET disabled_optimizers = 'window_self_join'")
    for table in tables:
        create_view(connection, lake, table)


def _with_bigint_sums(result: pa.Table) -> pa.Table:
    for position, field in enumerate(result.schema):
        if field.type == _HUGEINT:
            try:
                narrow = result.column(position).cast(pa.int64())
            except pa.ArrowInvalid:
                continue
            result = result.set_column(position, field.name, narrow)
    return result
