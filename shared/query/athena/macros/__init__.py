"""DuckDB macros that behave as Athena's functions of the same name, each called `athena_<name>`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PREFIX = "athena_"


@cache
def macros() -> Mapping[str, str]:
    """The statement that makes each macro, by its name with the prefix; later ones use earlier ones."""
    found = sorted((file.name, file.read_text()) for file in files(__package__).iterdir() if file.name.endswith(".sql"))
    statements = re.findall(
        rf"^CREATE MACRO ({PREFIX}\w+)(.*?);$", "\n".join(text for _, text in found), re.MULTILINE | re.DOTALL
    )
    return {name: f"CREATE MACRO {name}{rest}" for name, rest in statements}


@cache
def names() -> frozenset[str]:
    """What there are macros for, without the prefix."""
    return frozenset(name.removeprefix(PREFIX) for name in macros())


def prepare(connection: duckdb.DuckDBPyConnection, sql: str | None = None) -> None:
    """Make a connection ready for translated queries, or only for one: in UTC, with the macros that are called.

    A name in a query is a table's, never that of a variable of Python's, which DuckDB would look for too.
    """
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET python_enable_replacements = false")
    wanted = frozenset(macros()) if sql is None else _called(sql)
    connection.execute(";\n".join(statement for name, statement in macros().items() if name in wanted))


def _called(sql: str) -> frozenset[str]:
    """The macros that a text calls, and those that they call."""
    found: set[str] = set()
    texts = [sql]
    while texts:
        for name in re.findall(rf"\b{PREFIX}\w+", texts.pop().lower()):
            if name in macros() and name not in found:
                found.add(name)
                texts.append(macros()[name])
    return frozenset(found)
