"""CAST and TRY_CAST by the type that is asked for: to most of them by a macro that reads as Athena does."""

from __future__ import annotations

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.calls import call, native
from shared.query.athena.dialect import place

_MACROS = {
    exp.DType.TINYINT: "to_tinyint",
    exp.DType.SMALLINT: "to_smallint",
    exp.DType.INT: "to_integer",
    exp.DType.BIGINT: "to_bigint",
    exp.DType.DOUBLE: "to_double",
    exp.DType.BOOLEAN: "to_boolean",
    exp.DType.DATE: "to_date",
    exp.DType.TIMESTAMP: "to_timestamp",
    exp.DType.TIMESTAMPTZ: "to_timestamptz",
    exp.DType.VARCHAR: "to_varchar",
}
_NATIVE = (exp.DType.DECIMAL, exp.DType.VARBINARY, exp.DType.ARRAY, exp.DType.MAP, exp.DType.STRUCT)


def cast(node: exp.Expr) -> exp.Expr:
    """The cast as a macro's call. UsageError for a type that has no equal here."""
    kind, to = node.args["to"].this, node.args["to"]
    if kind in _MACROS:
        made: exp.Expr = call(_MACROS[kind], node.this)
        if kind is exp.DType.VARCHAR and to.expressions:
            made = native("left", made, to.expressions[0].this)
    elif kind in _NATIVE:
        if kind is exp.DType.DECIMAL and not to.expressions:
            to.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (38, 0)])
        made = exp.Cast(this=node.this, to=to)
    else:
        raise UsageError(
            f"A cast to {to.sql('trino')} has no equal on this machine ({place(node)}).",
            remedy="cast to varchar, boolean, an integer type, double, decimal, date or timestamp",
        )
    return native("try", made) if isinstance(node, exp.TryCast) else made
