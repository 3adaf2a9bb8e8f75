"""The tables that a lake can have, by name."""

from __future__ import annotations

from shared.errors import UsageError
from shared.lake.tables import LAKE_TABLES
from shared.sources.registry import SOURCES
from shared.tables import Table


def all_tables() -> tuple[Table, ...]:
    """Every table that loglake writes: those of the sources, then the lake's own."""
    return (*(table for source in SOURCES.values() for table in source.tables), *LAKE_TABLES)


def table_named(name: str) -> Table:
    """The table of that name; UsageError that lists the names."""
    for table in all_tables():
        if table.name == name:
            return table
    raise UsageError(f"There is no table {name!r}.", remedy=f"tables are {', '.join(t.name for t in all_tables())}")
