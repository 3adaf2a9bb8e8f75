"""SHOW TABLES, SHOW COLUMNS and DESCRIBE, from the declarations of the tables: with Athena's columns and types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from shared.query.tables import all_tables, table_named
from shared.tables import PARTITION_KEYS
from shared.tables.render import glue_columns

_COLUMNS_OF = re.compile(r"\s*COLUMNS\s+(?:FROM|IN)\s+(?P<table>\S+)\s*", re.IGNORECASE)


def is_shown(statement: exp.Command) -> bool:
    """Whether a SHOW is one of those that are answered."""
    what = str(statement.expression)
    return what.strip().upper() == "TABLES" or _COLUMNS_OF.fullmatch(what) is not None


def shown(statement: exp.Command | exp.Describe) -> str:
    """The query of DuckDB's that gives the answer."""
    if isinstance(statement, exp.Describe):
        columns = [(column["Name"], column["Type"], column["Comment"]) for column in _columns(statement.this.name)]
        return _rows("col_name, data_type, comment", columns)
    found = _COLUMNS_OF.fullmatch(str(statement.expression))
    if found is None:
        return _rows("tab_name", [(table.name,) for table in sorted(all_tables(), key=lambda table: table.name)])
    return _rows("field", [(column["Name"],) for column in _columns(found["table"].rpartition(".")[2].strip('"'))])


def _columns(table: str) -> list[dict[str, str]]:
    keys = [{"Name": key, "Type": "string", "Comment": "Partition key."} for key in PARTITION_KEYS]
    return [*glue_columns(table_named(table.lower())), *keys]


def _rows(names: str, rows: Sequence[Sequence[str]]) -> str:
    texts = ", ".join(f"({', '.join(exp.Literal.string(value).sql('duckdb') for value in row)})" for row in rows)
    return f"SELECT * FROM (VALUES {texts}) AS shown({names})"  # noqa: S608 - names and comments of our own tables
