"""What Athena would refuse, and what has no equal here: found in the tree before anything is rewritten."""

from __future__ import annotations

import re

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.aliases import check_aliases
from shared.query.athena.dialect import place
from shared.query.athena.functions import ATHENA, INSTEAD, answered
from shared.query.athena.zones import check_zones

_ATHENAS_CATALOG = "awsdatacatalog"
# Parts of the tree that only other dialects write.
_FOREIGN = {
    exp.JSONExtract: "json_extract(json, path)",
    exp.JSONExtractScalar: "json_extract_scalar(json, path)",
    exp.Struct: "ROW(...)",
    exp.Slice: "slice(array, start, length)",
    exp.Pivot: "sum(...) FILTER (WHERE ...)",
    exp.Lock: "nothing: a query reads what is there",
}


def check(tree: exp.Expr, database: str | None) -> None:
    """UsageError for the first thing that cannot be answered as Athena would answer it."""
    check_aliases(tree)
    check_zones(tree)
    within = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            _check_function(node)
        elif isinstance(node, exp.Table) and node.name.lower() not in within:
            _check_table(node, database)
        elif type(node) in _FOREIGN:
            raise _refusal("This is not Athena's SQL", _FOREIGN[type(node)], node)
        elif isinstance(node, exp.Star) and any(node.args.values()):
            raise _refusal("* with EXCLUDE or REPLACE is not Athena's SQL", "the names of the columns", node)
        elif isinstance(node, exp.Window) and isinstance(node.this, exp.Filter):
            raise _refusal("FILTER before OVER is not Athena's SQL", "sum(if(condition, x)) OVER (...)", node)
        elif isinstance(node, exp.In) and any(isinstance(value, exp.Null) for value in node.expressions):
            # Trino's answer depends on the kind and number of the values: 3 IN (1, 2, NULL) may be false there.
            raise _refusal("NULL in a list has no equal on this machine", "x IN (...) OR x IS NULL", node)
        elif isinstance(node, exp.Limit) and node.expression.is_string:
            raise _refusal("LIMIT takes a number", "LIMIT 10", node)
        elif isinstance(node, exp.Distinct) and node.args.get("on"):
            raise _refusal("DISTINCT ON is not Athena's SQL", "max_by(x, y) or row_number()", node)


def _check_function(node: exp.Anonymous) -> None:
    name = node.name.lower()
    if name in INSTEAD:
        raise _refusal(f"Athena has no function {name}", INSTEAD[name], node)
    if name not in ATHENA:
        raise UsageError(
            f"Athena has no function {name} ({place(node)}).",
            remedy="functions are those of Trino, of Athena's engine version 3; `--dialect duckdb` takes DuckDB's",
        )
    if name not in answered():
        raise UsageError(
            f"{name} is Athena's, but has no equal on this machine ({place(node)}).",
            remedy="ask in Athena, or without it",
        )


def _check_table(node: exp.Table, database: str | None) -> None:
    if isinstance(node.this, exp.Anonymous):
        raise _refusal(f"{node.this.name} is no table of the lake", "a table of the lake, or UNNEST of an array", node)
    if not re.fullmatch(r"\w+", node.name):
        raise UsageError(
            f"There is no table {node.name!r} ({place(node)}).", remedy="`loglake tables --lake LAKE` lists the tables"
        )
    if node.catalog and node.catalog.lower() != _ATHENAS_CATALOG:
        raise _refusal(f"There is no data catalog {node.catalog}", _ATHENAS_CATALOG, node)
    if node.db and database and node.db.lower() != database.lower():
        raise _refusal(f"The lake's database is not {node.db}", database, node)


def _refusal(what: str, instead: str, node: exp.Expr) -> UsageError:
    return UsageError(f"{what} ({place(node)}).", remedy=f"use {instead}")
