"""Retention: from days to keep to the floors of tables, below which a lake holds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.errors import UsageError
from shared.lake.lake import Lake
from shared.lake.tables import LAKE_TABLES
from shared.lake.withheld import floor_of, raise_floor
from shared.sources.base import Source
from shared.tables.partitions import Partition


def floors(retention_days: Mapping[str, int], now: datetime) -> dict[str, Partition]:
    """The first hour that each table keeps: the midnight (UTC) so many days back, so that it moves once a day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = {}
    for table, days in retention_days.items():
        try:
            first = midnight - timedelta(days=days)
        except OverflowError as error:
            raise UsageError(f"{table} cannot be kept for {days} days.", remedy="give fewer") from error
        found[table] = Partition.of_hour(int(first.timestamp()) // 3600)
    return found


def raise_floors(lake: Lake, source: Source, retention_days: Mapping[str, int], now: datetime) -> None:
    """Raise the floors of the source's tables and the lake's own; another source's run raises those of its tables.

    Raises UsageError where nothing of a table would stay: that is a wrong clock or a slip of the hand, and for good.
    """
    for name, before in floors(retention_days, now).items():
        if name not in {table.name for table in (*source.tables, *LAKE_TABLES)}:
            continue
        floor = floor_of(lake.store, name)
        if floor is not None and floor.before >= before:
            continue
        held = lake.catalog.partitions(name)
        if held and max(held) < before:
            raise UsageError(
                f"With the clock at {now:%Y-%m-%dT%H:%MZ} and {retention_days[name]} days to keep, every hour of "
                f"{name} (the last is {max(held)}) would be dropped for good.",
                remedy=f"check the clock and [retention]; if it is meant, `loglake expire --table {name} --keep-days "
                f"{retention_days[name]}` does it",
            )
        raise_floor(lake.store, name, before)
