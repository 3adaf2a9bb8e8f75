"""From what a user typed to what it names."""

from __future__ import annotations

from shared.errors import UsageError
from shared.lake.difference import REBUILD
from shared.lake.lake import Lake, open_lake
from shared.query.tables import all_tables
from shared.sources.base import Source
from shared.sources.registry import SOURCES


def existing_lake(uri: str, catalog: str | None) -> Lake:
    """The lake there; UsageError when there is none (a mistyped place just looks empty), or its catalog is lost."""
    lake = open_lake(uri, catalog)
    if any(lake.catalog.has_table(table.name) for table in all_tables()):
        return lake
    if lake.has_ledger:
        raise UsageError(
            f"The catalog has no table of the lake at {uri}.",
            remedy=f"give the catalog that this lake was made with (--catalog); if it is lost, call `{REBUILD}`",
        )
    raise UsageError(f"There is no lake at {uri}.", remedy="check --lake and --catalog, or make it with `loglake run`")


def source_named(name: str) -> Source:
    """The source of that name; UsageError that lists the names."""
    if name not in SOURCES:
        raise UsageError(f"There is no source {name!r}.", remedy=f"sources are {', '.join(SOURCES)}")
    return SOURCES[name]
