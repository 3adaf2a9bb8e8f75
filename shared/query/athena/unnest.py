"""UNNEST in FROM: a lateral query of DuckDB's, with the columns that the alias names."""

from __future__ import annotations

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.calls import call, native
from shared.query.athena.dialect import place


def unnest(node: exp.Unnest) -> exp.Expr:
    """Arrays side by side, filled up with NULL; a map as keys and values; an array of rows as their fields."""
    alias, ordinality = node.args.get("alias"), node.args.get("offset")
    columns = list(alias.columns) if alias else []
    if alias is None or not columns or ordinality is True:
        raise _refusal("UNNEST without names for its columns", node)
    sources = [call("unnestable", source) for source in node.expressions]
    selected: list[exp.Expr]
    if len(columns) == len(sources):
        selected = [
            exp.alias_(native("unnest", source), column) for source, column in zip(sources, columns, strict=True)
        ]
    elif len(sources) == 1:
        selected = [
            exp.alias_(native("struct_extract_at", native("unnest", sources[0].copy()), exp.Literal.number(n)), column)
            for n, column in enumerate(columns, start=1)
        ]
    else:
        raise _refusal("UNNEST of several maps or arrays of rows", node)
    if isinstance(ordinality, exp.Identifier):
        longest = native("greatest", *(native("len", source.copy()) for source in sources), exp.Literal.number(0))
        numbers = native("generate_series", exp.Literal.number(1), longest)
        selected.append(exp.alias_(native("unnest", numbers), ordinality))
    inner = exp.Subquery(this=exp.Select(expressions=selected))
    return exp.Lateral(this=inner, alias=exp.TableAlias(this=alias.this if alias.this else None))


def _refusal(what: str, node: exp.Expr) -> UsageError:
    return UsageError(
        f"{what} cannot be answered on this machine ({place(node)}).",
        remedy="name them: UNNEST(array) AS t (x), UNNEST(map) AS t (k, v); one CROSS JOIN UNNEST for each",
    )
