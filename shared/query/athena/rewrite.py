"""The tree of Athena's query made into DuckDB's: each part that means something else there is replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.aggregates import rewrite_aggregates
from shared.query.athena.calls import call, native
from shared.query.athena.casts import cast
from shared.query.athena.dialect import place
from shared.query.athena.formats import FORMATS
from shared.query.athena.functions import RENAMED
from shared.query.athena.kinds import alike, between, compared, listed, results
from shared.query.athena.lambdas import LAMBDAS
from shared.query.athena.macros import names
from shared.query.athena.unnest import unnest

_FIELDS = 9  # as many as the row has that `athena_field` is bound with


def rewrite(tree: exp.Expr) -> exp.Expr:
    """The whole tree, from the leaves up."""
    root = exp.Paren(this=_with_names(tree))
    rewrite_aggregates(root)
    for node in reversed(list(root.walk(bfs=False))):
        handler = _HANDLERS.get(type(node))
        made = handler(node) if handler else node
        if made is not node:
            node.replace(made)
    whole: exp.Expr = root.this
    return whole


def _with_names(tree: exp.Expr) -> exp.Expr:
    """Columns without a name are `_col0`, `_col1`, ... by their position, as in Athena."""
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(exp.Subquery(this=tree))
    for select in tree.find_all(exp.Select):
        for position, column in enumerate(select.expressions):
            if not isinstance(column, (exp.Alias, exp.Column, exp.Star, exp.Dot)):
                column.replace(exp.alias_(column.copy(), f"_col{position}"))
    for values in tree.find_all(exp.Values):
        holder = values.parent if isinstance(values.parent, exp.Subquery) else values
        alias = holder.args.get("alias") or exp.TableAlias(this=exp.to_identifier("_values"))
        if not alias.columns:
            width = len(values.expressions[0].expressions) if isinstance(values.expressions[0], exp.Tuple) else 1
            alias.set("columns", [exp.to_identifier(f"_col{n}") for n in range(width)])
        holder.set("alias", alias)
    return tree


def _function(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    if name in FORMATS:
        return FORMATS[name](node)
    if name in LAMBDAS:
        try:
            return LAMBDAS[name](*node.expressions)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"{name} takes other arguments ({place(node)}).", remedy="look it up in Trino's documentation"
            ) from error
    if name == "concat":
        joined: exp.Expr = reduce(_concat, node.expressions)
        return joined
    if name == "coalesce":
        alike(node.expressions)
    if name in ("greatest", "least"):
        return _null_if_any(node)
    if name in names():
        return call(name, *node.expressions)
    return native(RENAMED.get(name, name), *node.expressions)


def _concat(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    text_of_null = exp.cast(exp.Null(), "varchar", dialect="duckdb")
    return call("concat", *(text_of_null.copy() if isinstance(side, exp.Null) else side for side in (a, b)))


def _null_if_any(node: exp.Anonymous) -> exp.Expr:
    """The greatest or least of values; NULL when one of them is."""
    any_null = exp.or_(*(exp.Is(this=value.copy(), expression=exp.Null()) for value in node.expressions))
    return exp.Case(ifs=[exp.If(this=any_null, true=exp.Null())], default=native(node.name, *node.expressions))


def _table(node: exp.Table) -> exp.Expr:
    node.set("db", None)
    node.set("catalog", None)
    return node


def _column(node: exp.Column) -> exp.Expr:
    node.set("db", None)
    node.set("catalog", None)
    return node


def _moved(node: exp.Binary) -> exp.Expr:
    """A sum or difference: of numbers as it is, of dates by a macro. A difference shows no interval if dates are."""
    sides = (node.this, node.expression)
    if any(side.find(exp.Interval) for side in sides):
        return call("plus" if isinstance(node, exp.Add) else "minus", *sides)
    of_numbers = any(side.find(exp.Mul, exp.Mod) for side in sides)
    if any(side.is_number for side in sides):
        return compared(node)
    return node if isinstance(node, exp.Add) or of_numbers else call("minus", *sides)


def _extract(node: exp.Extract) -> exp.Expr:
    unit = node.this.name.lower()
    known = {"year", "quarter", "month", "week", "day", "day_of_month", "day_of_week", "dow", "day_of_year", "doy"}
    known |= {"year_of_week", "yow", "hour", "minute", "second"}
    if unit not in known:
        raise UsageError(
            f"{unit} cannot be extracted on this machine ({place(node)}).", remedy=f"use one of {', '.join(known)}"
        )
    return call(unit, node.expression) if unit in names() else native(unit, node.expression)


def _subscript(node: exp.Bracket) -> exp.Expr:
    key = node.expressions[0]
    may_be_field = isinstance(key, exp.Literal) and key.is_int and 1 <= int(key.name) <= _FIELDS
    return call("field" if may_be_field else "subscript", node.this, key)


def _trim(node: exp.Trim) -> exp.Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    characters = node.args.get("expression")
    return call(name, node.this, *([characters] if characters else []))


def _interval(node: exp.Interval) -> exp.Expr:
    unit, text = node.args.get("unit"), node.this
    if isinstance(unit, exp.IntervalSpan):
        years, _, months = text.name.partition("-")
        if (unit.this.name, unit.expression.name) != ("YEAR", "MONTH") or not (years + months).isdecimal():
            raise UsageError(
                f"This interval has no equal on this machine ({place(node)}).", remedy="add intervals of one unit"
            )
        return exp.Interval(this=exp.Literal.string(str(12 * int(years) + int(months))), unit=exp.Var(this="MONTH"))
    return node


def _substring(node: exp.Substring) -> exp.Expr:
    length = node.args.get("length")
    return call("substr", node.this, node.args["start"], *([length] if length else []))


def _listagg(node: exp.GroupConcat) -> exp.Expr:
    if not node.args.get("separator"):
        node.set("separator", exp.Literal.string(""))
    return node


_HANDLERS: Mapping[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Anonymous: _function,
    exp.Table: _table,
    exp.Column: _column,
    exp.Unnest: unnest,
    exp.Div: lambda node: call("divide", node.this, node.expression),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like), compared),
    exp.Between: between,
    exp.In: listed,
    exp.Case: results,
    exp.If: results,
    exp.Sub: _moved,
    exp.Add: _moved,
    exp.DPipe: lambda node: _concat(node.this, node.expression),
    exp.Bracket: _subscript,
    exp.AtTimeZone: lambda node: call("at_timezone", node.this, node.args["zone"]),
    exp.Extract: _extract,
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.StrPosition: lambda node: call("strpos", node.this, node.args["substr"]),
    exp.GroupConcat: _listagg,
    exp.Interval: _interval,
    exp.CurrentTimestamp: lambda _: call("now"),
    exp.Localtimestamp: lambda _: exp.cast(call("now"), "timestamp", dialect="duckdb"),
    exp.Cast: cast,
    exp.TryCast: cast,
}
