"""Aggregates whose result or name is another in DuckDB, with whatever FILTER and OVER stand behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.calls import native
from shared.query.athena.dialect import place

_A_LITTLE = 1e-12
_BEHIND = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls)


def rewrite_aggregates(tree: exp.Expr) -> None:
    """Replace the calls in the tree; the names that they get are those of macros, as `rewrite.py` calls them later."""
    for node in reversed(list(tree.find_all(exp.Anonymous, bfs=False))):
        maker = _MAKERS.get(node.name.lower())
        if maker is None:
            continue
        top: exp.Expr = node
        while isinstance(top.parent, _BEHIND) and top.arg_key == "this":
            top = top.parent
        made = maker(node, _like(top, node))
        if top is not tree:
            top.replace(made)


def _like(top: exp.Expr, node: exp.Anonymous) -> Callable[..., exp.Expr]:
    """Makes another aggregate with the same FILTER and OVER."""

    def make(name: str, *arguments: exp.Expr) -> exp.Expr:
        function = native(name, *(argument.copy() for argument in arguments))
        if top is node:
            return function
        whole = top.copy()
        behind: exp.Expr = whole
        while isinstance(behind.this, _BEHIND):
            behind = behind.this
        behind.set("this", function)
        return whole

    return make


Make = Callable[..., exp.Expr]


def _sum(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_sum", make("sum", *node.expressions))


def _avg(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_avg", *(make(name, *node.expressions) for name in ("avg", "sum", "count")))


def _count_if(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_count", make("count_if", *node.expressions))


def _histogram(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_histogram", make("histogram", *node.expressions))


def _map_agg(node: exp.Anonymous, make: Make) -> exp.Expr:
    key, value = node.expressions
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=side.copy())
            for name, side in (("k", key), ("v", value))
        ]
    )
    return native("of_pairs", make("array_agg", pair))


def _extreme_by(name: str) -> Callable[[exp.Anonymous, Make], exp.Expr]:
    """Of max_by and min_by: one row's value may be NULL, and of n rows' each."""

    def made(node: exp.Anonymous, make: Make) -> exp.Expr:
        return make(name if len(node.expressions) == 3 else f"{name}_null", *node.expressions)

    return made


def _approx_distinct(node: exp.Anonymous, make: Make) -> exp.Expr:
    return make("count", exp.Distinct(expressions=node.expressions[:1]))


def _approx_percentile(node: exp.Anonymous, make: Make) -> exp.Expr:
    if len(node.expressions) != 2:
        raise UsageError(
            f"approx_percentile with weights or an accuracy has no equal on this machine ({place(node)}).",
            remedy="use approx_percentile(x, percentage), or ask in Athena",
        )
    value, share = node.expressions
    return native("of_percentile", make("quantile_disc", value, share.transform(_next_share)))


def _next_share(node: exp.Expr) -> exp.Expr:
    """Of n values in order Athena takes the one at floor(share * n), from 0; DuckDB the one before if that is whole."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return exp.Literal.number(repr(min(float(node.name) + _A_LITTLE, 1.0)))
    if not isinstance(node, exp.Array):
        raise UsageError(
            f"The percentage of approx_percentile is not a literal ({place(node)}).", remedy="write a number like 0.95"
        )
    return node


def _regression(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_regression", make(node.name, *node.expressions), *(make("min", x) for x in node.expressions))


def _skewness(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_skewness", make("skewness", *node.expressions), make("count", *node.expressions))


def _bits(name: str) -> Callable[[exp.Anonymous, Make], exp.Expr]:
    return lambda node, make: make(name, exp.cast(node.expressions[0], "bigint", dialect="duckdb"))


def _grouping(node: exp.Anonymous, make: Make) -> exp.Expr:
    return native("of_grouping", make("grouping", *node.expressions))


_MAKERS: Mapping[str, Callable[[exp.Anonymous, Make], exp.Expr]] = {
    "sum": _sum,
    "avg": _avg,
    "count_if": _count_if,
    "histogram": _histogram,
    "map_agg": _map_agg,
    "max_by": _extreme_by("arg_max"),
    "min_by": _extreme_by("arg_min"),
    "approx_distinct": _approx_distinct,
    "approx_percentile": _approx_percentile,
    **dict.fromkeys(("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept"), _regression),
    "skewness": _skewness,
    "bitwise_and_agg": _bits("bit_and"),
    "bitwise_or_agg": _bits("bit_or"),
    "bitwise_xor_agg": _bits("bit_xor"),
    "grouping": _grouping,
}
