"""The tree of Athena's query made into DuckDB's: each part that means something else there is replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from shared.query.athena.calls import call, native
from shared.query.athena.casts import cast
from shared.query.athena.functions import RENAMED
from shared.query.athena.macros import names


def rewrite(tree: exp.Expr) -> exp.Expr:
    """The whole tree, from the leaves up."""
    root = exp.Paren(this=tree)
    for node in reversed(list(tree.walk(bfs=False))):
        handler = _HANDLERS.get(type(node))
        made = handler(node) if handler else node
        if made is not node:
            node.replace(made)
    return root.this


def _function(node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    if name in names():
        return call(name, *node.expressions)
    return native(RENAMED.get(name, name), *node.expressions)


def _table(node: exp.Expr) -> exp.Expr:
    node.set("db", None)
    node.set("catalog", None)
    return node


def _moved(node: exp.Expr) -> exp.Expr:
    """A sum or difference: of numbers as it is, of dates by a macro. Differences may be of dates without an interval."""
    sides = (node.this, node.expression)
    if any(side.find(exp.Interval) for side in sides):
        return call("plus" if isinstance(node, exp.Add) else "minus", *sides)
    of_numbers = any(side.find(exp.Mul, exp.Mod) or side.is_number for side in sides)
    return node if isinstance(node, exp.Add) or of_numbers else call("minus", *sides)


_HANDLERS: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Anonymous: _function,
    exp.Table: _table,
    exp.Div: lambda node: call("divide", node.this, node.expression),
    exp.Sub: _moved,
    exp.Add: _moved,
    exp.DPipe: lambda node: call("concat", node.this, node.expression),
    exp.Bracket: lambda node: call("subscript", node.this, node.expressions[0]),
    exp.Cast: cast,
    exp.TryCast: cast,
}
