"""DuckDB macros that behave as Athena's functions of the same name, each called `athena_<name>`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PREFIX = "athena_"


@cache
def statements() -> str:
    """All macros, in the order of their files: later ones use earlier ones."""
    texts = sorted((file.name, file.read_text()) for file in files(__package__).iterdir() if file.name.endswith(".sql"))
    return "\n".join(text for _, text in texts)


@cache
def names() -> frozenset[str]:
    """The functions that have a macro, without the prefix."""
    return frozenset(re.findall(rf"^CREATE (?:TEMP )?MACRO {PREFIX}(\w+)", statements(), re.MULTILINE))


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make a connection ready for translated queries: in UTC, with the macros, and with tables as the only names."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(statements())
