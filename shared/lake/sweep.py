"""The sweeper: what no partition points at, and no query can still be reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from shared.lake.lake import Lake
from shared.lake.layout import CONTROL
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import Partition

_RUN = re.compile(r"run=(\d{8}T\d{6})\d{3}Z-[0-9a-f]+/")


def find_garbage(lake: Lake, tables: Iterable[Table], replaced_before: datetime) -> list[ObjectInfo]:
    """Files of partition versions that were replaced before a moment, and of runs that died before it.

    A version is replaced when the run of its successor began, at the earliest; a query that started later reads the
    successor. Files younger than their successor's run, and names that the lake did not give, are never touched.
    """
    garbage = []
    for table in tables:
        live = lake.catalog.partitions(table.name)
        for item in _objects(lake, f"{table.name}/run="):
            location = item.key.rpartition("/")[0]
            run, _, folder = location.removeprefix(f"{table.name}/").partition("/")
            began = _began(f"{run}/")
            if began is None:
                continue
            current = live.get(Partition.parse(folder))
            if current is not None and current.location == location:
                continue
            successor = _began(f"run={current.run_id}/") if current else None
            if max(began, successor or began) < replaced_before:
                garbage.append(item)
    for item in _objects(lake, f"{CONTROL}/staging/"):
        began = _began(item.key.removeprefix(f"{CONTROL}/staging/"))
        if began is not None and began < replaced_before:
            garbage.append(item)
    return garbage


def remove(lake: Lake, garbage: Sequence[ObjectInfo]) -> None:
    """Delete the files."""
    lake.store.delete(item.key for item in garbage)


def _objects(lake: Lake, prefix: str) -> Iterable[ObjectInfo]:
    return (item for item in lake.store.list(prefix) if isinstance(item, ObjectInfo))


def _began(folder: str) -> datetime | None:
    match = _RUN.match(folder)
    return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else None
