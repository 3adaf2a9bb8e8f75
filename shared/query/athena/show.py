"""SHOW TABLES, SHOW COLUMNS and DESCRIBE, from the declarations of the tables: with Athena's columns and types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from shared.errors import UsageError
from shared.query.tables import all_tables, table_named
from shared.tables import PARTITION_KEYS
from shared.tables.render import glue_columns

_COLUMNS_OF = re.compile(r"COLUMNS\s+(?:FROM|IN)\s+(?:\w+\s*\.\s*)*(?P<table>\w+)", re.IGNORECASE)


def shown(statement: exp.Command | exp.Describe) -> str:
    """The query of DuckDB's that gives the answer."""
    if isinstance(statement, exp.Describe):
        columns = [(column["Name"], column["Type"], column["Comment"]) for column in _columns(statement.this.name)]
        return _rows("col_name, data_type, comment", columns)
    if statement.expression.name.upper() == "TABLES":
        return _rows("tab_name", [(table.name,) for table in sorted(all_tables(), key=lambda table: table.name)])
    found = _COLUMNS_OF.fullmatch(statement.expression.name)
    if found is None:
        raise UsageError(
            f"SHOW {statement.expression.name} cannot be answered on this machine.",
            remedy="ask with SHOW TABLES or SHOW COLUMNS FROM table",
        )
    return _rows("field", [(column["Name"],) for column in _columns(found["table"])])


def _columns(table: str) -> list[dict[str, str]]:
    keys = [{"Name": key, "Type": "string", "Comment": "Partition key."} for key in PARTITION_KEYS]
    return [*glue_columns(table_named(table.lower())), *keys]


def _rows(names: str, rows: Sequence[Sequence[str]]) -> str:
    texts = ", ".join(f"({', '.join(exp.Literal.string(value).sql('duckdb') for value in row)})" for row in rows)
    return f"SELECT * FROM (VALUES {texts}) AS shown({names})"  # noqa: S608 - names and comments of our own tables
