"""The sweeper: what no partition points at, and no query can still be reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from shared.errors import StorageError
from shared.lake.lake import Lake
from shared.lake.layout import CONTROL
from shared.lake.lease import holders
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import Partition

_RUN_ID = re.compile(r"(\d{8}T\d{6})\d{3}Z-[0-9a-f]+")


def find_garbage(lake: Lake, tables: Iterable[Table], replaced_before: datetime) -> list[ObjectInfo]:
    """Files of partition versions that were replaced before a moment, and what runs left that died before it.

    A version counts as replaced when the run of its successor began: leave the time of the longest run and of the
    longest query between `replaced_before` and now. Whatever that moment, runs that hold a lease keep all that they
    made, and names that the lake did not give are never touched.

    Raises StorageError when the catalog does not know a table of which the lake holds files: nothing would be live.
    """
    at_work = [began for began in (_began(holder) for holder in holders(lake.store)) if began is not None]
    before = min([replaced_before, *at_work])
    garbage = [item for table in tables for item in _replaced(lake, table, before)]
    for item in _objects(lake, f"{CONTROL}/staging/"):
        began = _began(_run_of(item.key.removeprefix(f"{CONTROL}/staging/")))
        if began is not None and began < before:
            garbage.append(item)
    garbage.extend(lake.store.unfinished(before))
    return garbage


def remove(lake: Lake, garbage: Sequence[ObjectInfo]) -> None:
    """Delete the files."""
    lake.store.delete(item.key for item in garbage)


def _replaced(lake: Lake, table: Table, before: datetime) -> Iterator[ObjectInfo]:
    live = lake.catalog.partitions(table.name)
    unused: dict[Partition, list[tuple[datetime, ObjectInfo]]] = {}
    for item in _objects(lake, f"{table.name}/run="):
        location = item.key.rpartition("/")[0]
        run, _, folder = location.removeprefix(f"{table.name}/").partition("/")
        began, partition = _began(_run_of(run)), _partition(folder)
        if began is None or partition is None:
            continue
        if partition not in live or live[partition].location != location:
            unused.setdefault(partition, []).append((began, item))
    if unused and not lake.catalog.has_table(table.name):
        raise StorageError(
            f"The catalog has no table {table.name}, but {lake.store.url(table.name)} holds files of it.",
            remedy="give the catalog (--catalog) that this lake is in, or restore it; nothing was removed",
        )
    for partition, files in unused.items():
        # Where the partition itself is gone, the run that dropped it left a mark among the files.
        successor = _began(live[partition].run_id) if partition in live else max(began for began, _ in files)
        yield from (item for began, item in files if max(began, successor or began) < before)


def _objects(lake: Lake, prefix: str) -> Iterator[ObjectInfo]:
    return (item for item in lake.store.list(prefix) if isinstance(item, ObjectInfo))


def _run_of(path: str) -> str:
    """The run id of a path that begins with its run folder; empty for another path."""
    folder = path.partition("/")[0]
    return folder.removeprefix("run=") if folder.startswith("run=") else ""


def _partition(folder: str) -> Partition | None:
    try:
        return Partition.parse(folder)
    except ValueError:
        return None


def _began(run_id: str) -> datetime | None:
    match = _RUN_ID.fullmatch(run_id)
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None
