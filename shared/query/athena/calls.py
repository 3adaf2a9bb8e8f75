"""Calls of the macros, as parts of a tree."""

from __future__ import annotations

from sqlglot import exp

from shared.query.athena.macros import PREFIX

_BOUND = "athena_bound"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of the macro `athena_<name>`.

    A macro is a text that repeats its arguments, and macros in macros would grow by powers. So arguments that hold
    calls of macros themselves are put into a list of one element, and the macro is made a lambda over it.
    """
    nested = [position for position, argument in enumerate(arguments) if _has_macro(argument)]
    made = exp.Anonymous(this=PREFIX + name, expressions=list(arguments))
    if not nested:
        return made
    fields = [exp.PropertyEQ(this=exp.to_identifier(f"a{n}"), expression=arguments[n]) for n in nested]
    made.set(
        "expressions",
        [exp.column(f"a{n}", table=_BOUND) if n in nested else argument for n, argument in enumerate(arguments)],
    )
    bound = exp.Lambda(this=made, expressions=[exp.to_identifier(_BOUND)])
    return exp.Bracket(
        this=native("list_transform", exp.Array(expressions=[exp.Struct(expressions=fields)]), bound),
        expressions=[exp.Literal.number(1)],
        offset=1,
    )


def native(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call of a function of DuckDB's own."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _has_macro(argument: exp.Expr) -> bool:
    return any(part.name.startswith(PREFIX) for part in argument.find_all(exp.Anonymous))
