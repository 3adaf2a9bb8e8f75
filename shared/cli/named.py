"""From what a user typed to what it names."""

from __future__ import annotations

from shared.errors import UsageError
from shared.lake.lake import Lake, open_lake
from shared.query.tables import all_tables
from shared.sources.base import Source
from shared.sources.registry import SOURCES


def existing_lake(uri: str, catalog: str | None) -> Lake:
    """The lake there; UsageError when nothing was ever taken in: a mistyped place just looks empty."""
    lake = open_lake(uri, catalog)
    if not any(lake.catalog.has_table(table.name) for table in all_tables()):
        raise UsageError(
            f"There is no lake at {uri}.", remedy="check --lake and --catalog, or make it with `loglake run`"
        )
    return lake


def source_named(name: str) -> Source:
    """The source of that name; UsageError that lists the names."""
    if name not in SOURCES:
        raise UsageError(f"There is no source {name!r}.", remedy=f"sources are {', '.join(SOURCES)}")
    return SOURCES[name]
