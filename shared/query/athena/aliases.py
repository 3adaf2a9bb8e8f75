"""Aliases of columns where Athena does not see them: in WHERE, GROUP BY, HAVING and beside their own column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.dialect import place
from shared.query.tables import all_tables
from shared.tables import PARTITION_KEYS

Columns = frozenset[str]


def check_aliases(tree: exp.Expr) -> None:
    """UsageError for an alias that DuckDB would see and Athena does not; none where a source's columns are unknown."""
    queries = {cte.alias.lower(): _outputs(cte.this) for cte in tree.find_all(exp.CTE)}
    for select in tree.find_all(exp.Select):
        sources = [_columns(source, queries) for source in _sources(select)]
        if any(columns is None for columns in sources):
            continue
        own = {column.alias.lower() for column in select.expressions if isinstance(column, exp.Alias)}
        for column in _seen(select):
            if column.name.lower() in own and not any(column.name.lower() in (known or ()) for known in sources):
                raise UsageError(
                    f"Athena sees no column {column.name} here ({place(column)}): it is an alias of this SELECT.",
                    remedy="write the expression again, GROUP BY its number, or use a subquery",
                )


def _seen(select: exp.Select) -> Iterable[exp.Column]:
    """The unqualified columns of the clauses that see no aliases; not those of queries within."""
    parts = [*select.expressions, *(select.args.get(name) for name in ("where", "group", "having"))]
    for part in parts:
        if part is not None:
            for node in part.walk(prune=lambda node: isinstance(node, exp.Query)):
                if isinstance(node, exp.Column) and not node.table:
                    yield node


def _sources(select: exp.Select) -> list[exp.Expr]:
    first = select.args.get("from_")
    joins = select.args.get("joins") or []
    return [*([first.this] if first else []), *(join.this for join in joins)]


def _columns(source: exp.Expr, queries: Mapping[str, Columns | None]) -> Columns | None:
    """The columns that a table, subquery or UNNEST brings; None where they are not known."""
    alias = source.args.get("alias")
    if alias is not None and alias.columns:
        named = {column.name.lower() for column in alias.columns}
        return frozenset(named | ({source.args["offset"].name.lower()} if source.args.get("offset") else set()))
    if isinstance(source, exp.Table):
        name = source.name.lower()
        return queries[name] if name in queries else _DECLARED.get(name)
    inner = source.this if isinstance(source, (exp.Subquery, exp.Lateral)) else None
    return _outputs(inner.this if isinstance(inner, exp.Subquery) else inner)


def _outputs(query: exp.Expr | None) -> Columns | None:
    if isinstance(query, exp.SetOperation):
        return _outputs(query.this)
    if not isinstance(query, exp.Select) or any(column.is_star for column in query.expressions):
        return None
    return frozenset(column.alias_or_name.lower() for column in query.expressions)


_DECLARED: Mapping[str, Columns] = {
    table.name: frozenset([*table.column_names, *PARTITION_KEYS]) for table in all_tables()
}
