"""Comparisons of a value with a literal of another kind: an error in Athena, where DuckDB would cast the value.

`hour = 3` over the text '03' would be true here. The check is one of types, so it is gone before the query runs and
costs no partition its pruning.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from shared.query.athena.calls import call, native


def compared(node: exp.Binary) -> exp.Expr:
    """A comparison, sum or difference with its literal checked against the other side."""
    for value, literal in ((node.this, node.expression), (node.expression, node.this)):
        if _kind(literal):
            literal.replace(_checked(literal.copy(), value))
            break
    return node


def between(node: exp.Between) -> exp.Expr:
    """BETWEEN two literals, each checked."""
    for border in (node.args["low"], node.args["high"]):
        if _kind(border):
            border.replace(_checked(border.copy(), node.this))
    return node


def listed(node: exp.In) -> exp.Expr:
    """IN a list, of which the first literal is checked: a list is of one kind, or DuckDB refuses it."""
    for literal in node.expressions:
        if _kind(literal):
            literal.replace(_checked(literal.copy(), node.this))
            break
    return node


def alike(values: Sequence[exp.Expr]) -> None:
    """Check the literals among values of which one is the result, against the first that is none, or the first."""
    known = [value for value in values if not isinstance(value, exp.Null)]
    anchor = next((value for value in known if not _kind(value)), known[0] if known else None)
    for value in known:
        if anchor is not None and value is not anchor and _kind(value):
            value.replace(_checked(value.copy(), anchor))


def results(node: exp.Case | exp.If) -> exp.Expr:
    """CASE or IF, its literal results checked."""
    if isinstance(node, exp.Case):
        made = [branch.args.get("true") for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node.parent, exp.Case):
        return node
    else:
        made = [node.args.get("true"), node.args.get("false")]
    alike([value for value in made if value is not None])
    return node


def _kind(literal: exp.Expr) -> str | None:
    if isinstance(literal, exp.Neg):
        return _kind(literal.this)
    if isinstance(literal, exp.Literal):
        return "text" if literal.is_string else "number"
    if isinstance(literal, exp.Anonymous) and literal.name in ("athena_to_date", "athena_to_timestamp"):
        return "time" if isinstance(literal.expressions[0], exp.Literal) else None
    return None


def _checked(literal: exp.Expr, value: exp.Expr) -> exp.Expr:
    if value.find(exp.Select):
        return literal  # a query in it would be asked twice
    return call(f"beside_{_kind(literal)}", native("typeof", value.copy()), literal)
