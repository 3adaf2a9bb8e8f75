"""Functions that take lambdas: macros cannot, so their calls are rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from shared.query.athena.calls import call, native


def _transform(array: exp.Expr, function: exp.Expr) -> exp.Expr:
    return native("list_transform", array, function)


def _filter(array: exp.Expr, function: exp.Expr) -> exp.Expr:
    return native("list_filter", array, function)


def _reduce(array: exp.Expr, start: exp.Expr, step: exp.Expr, end: exp.Expr) -> exp.Expr:
    return _first(_transform(_list(native("list_reduce", array, step, start)), end))


def _zip_with(a: exp.Expr, b: exp.Expr, function: exp.Expr) -> exp.Expr:
    return _transform(native("list_zip", a, b), _of_pair(function))


def _map_filter(entries: exp.Expr, function: exp.Expr) -> exp.Expr:
    return native("map_from_entries", _filter(native("map_entries", entries), _of_pair(function)))


def _transform_values(entries: exp.Expr, function: exp.Expr) -> exp.Expr:
    return _with_entries(entries, _part(1), _of_pair(function).this)


def _transform_keys(entries: exp.Expr, function: exp.Expr) -> exp.Expr:
    return _with_entries(entries, _of_pair(function).this, _part(2))


def _with_entries(entries: exp.Expr, key: exp.Expr, value: exp.Expr) -> exp.Expr:
    entry = exp.Lambda(this=native("row", key, value), expressions=[exp.to_identifier(_PAIR)])
    return native("map_from_entries", _transform(native("map_entries", entries), entry))


_PAIR = "athena_pair"


def _of_pair(function: exp.Expr) -> exp.Lambda:
    """A lambda of two parameters as one of a pair: each parameter is bound by a lambda over a list of one."""
    first, second = function.expressions
    inner = _first(_transform(_list(_part(2)), exp.Lambda(this=function.this, expressions=[second])))
    outer = _first(_transform(_list(_part(1)), exp.Lambda(this=inner, expressions=[first])))
    return exp.Lambda(this=outer, expressions=[exp.to_identifier(_PAIR)])


def _part(position: int) -> exp.Expr:
    return native("struct_extract_at", exp.column(_PAIR), exp.Literal.number(position))


def _list(element: exp.Expr) -> exp.Expr:
    return exp.Array(expressions=[element])


def _first(array: exp.Expr) -> exp.Expr:
    return exp.Bracket(this=array, expressions=[exp.Literal.number(1)], offset=1)


LAMBDAS: Mapping[str, Callable[..., exp.Expr]] = {
    "transform": _transform,
    "filter": _filter,
    "reduce": _reduce,
    "zip_with": _zip_with,
    "map_filter": _map_filter,
    "transform_values": _transform_values,
    "transform_keys": _transform_keys,
    "any_match": lambda array, function: call("any_true", _transform(array, function)),
    "all_match": lambda array, function: call("all_true", _transform(array, function)),
    "none_match": lambda array, function: exp.Not(this=call("any_true", _transform(array, function))),
}
