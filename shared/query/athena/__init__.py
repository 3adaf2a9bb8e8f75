"""Athena's SQL, answered by DuckDB: one translation, and the macros that it needs.

What is the same, what differs and what is refused: docs/queries.md.
"""

from __future__ import annotations

from sqlglot import exp

from shared.query.athena.check import check
from shared.query.athena.dialect import parse, write
from shared.query.athena.failures import explained
from shared.query.athena.macros import prepare
from shared.query.athena.rewrite import rewrite
from shared.query.athena.show import shown

__all__ = ["explained", "prepare", "translate"]


def translate(sql: str, database: str | None = None) -> str:
    """DuckDB's SQL for a query in Athena's; empty for a text without a statement.

    `database` is the name of the lake's own, the only one that tables may be qualified with; a lake without a name
    goes by any. Raises UsageError, with the place, for what Athena does not know, and for what has no equal here.
    """
    tree = parse(sql)
    if tree is None:
        return ""
    check(tree, database)
    return shown(tree) if isinstance(tree, (exp.Command, exp.Describe)) else write(rewrite(tree))
