"""The sweeper: what no partition points at, and no query can still be reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from shared.errors import StorageError
from shared.lake.lake import Lake
from shared.lake.layout import CONTROL, DROPPED_MARK, is_part_file, run_began
from shared.lake.lease import holders
from shared.lake.ledger_runs import Outcome, list_runs
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY
from shared.lake.withheld import floor_of
from shared.sources.registry import SOURCES
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import Partition

_EVER = datetime.min.replace(tzinfo=UTC)
# Published once the run has committed: that it did says nothing of them.
_AFTER_COMMIT = (INGEST_RUNS, PARTITION_QUALITY)


def find_garbage(lake: Lake, tables: Iterable[Table], replaced_before: datetime) -> list[ObjectInfo]:
    """Files of partition versions that were replaced before a moment, and what runs left that died before it.

    A version counts as replaced when the run of the next version began: leave the time of the longest run and of the
    longest query between `replaced_before` and now. Whatever that moment, runs that hold a lease keep all that they
    made, and names that the lake did not give are never touched.

    Raises StorageError when the catalog does not know a table of which the lake holds files: nothing would be live.
    """
    at_work = [began for began in (run_began(holder) for holder in holders(lake.store)) if began is not None]
    before = min([replaced_before, *at_work])
    outcomes = {run.run_id: run.outcome for source in SOURCES for run in list_runs(lake.store, source)}
    garbage = [item for table in tables for item in _replaced(lake, table, before, outcomes)]
    for item in _objects(lake, f"{CONTROL}/staging/"):
        began = run_began(_run_of(item.key.removeprefix(f"{CONTROL}/staging/")))
        if began is not None and began < before:
            garbage.append(item)
    garbage.extend(lake.store.unfinished(before))
    return garbage


def remove(lake: Lake, garbage: Sequence[ObjectInfo]) -> None:
    """Delete the files."""
    lake.store.delete(item.key for item in garbage)


def _replaced(lake: Lake, table: Table, before: datetime, outcomes: Mapping[str, Outcome]) -> Iterator[ObjectInfo]:
    live = lake.catalog.partitions(table.name)
    unused: dict[Partition, list[tuple[str, ObjectInfo]]] = {}
    for item in _objects(lake, f"{table.name}/run="):
        location = item.key.rpartition("/")[0]
        folder_of_run, _, folder = location.removeprefix(f"{table.name}/").partition("/")
        run, partition = _run_of(folder_of_run), _partition(folder)
        if run_began(run) is None or partition is None:
            continue
        if partition not in live or live[partition].location != location:
            unused.setdefault(partition, []).append((run, item))
    if unused and not lake.catalog.has_table(table.name):
        raise StorageError(
            f"The catalog has no table {table.name}, but {lake.store.url(table.name)} holds files of it.",
            remedy="give the catalog (--catalog) that this lake is in; if it is lost, call "
            "`loglake catalog rebuild`; nothing was removed",
        )
    floor = floor_of(lake.store, table.name)
    for partition, files in unused.items():
        has_expired = floor is not None and partition < floor.before
        if partition in live:
            successor = live[partition].run_id
        elif table not in _AFTER_COMMIT and not has_expired and _is_lost(files, outcomes):
            continue
        else:
            successor = max(run for run, _ in files)
        published = {successor}
        if table not in _AFTER_COMMIT:
            published |= {run for run, _ in files if outcomes.get(run) is Outcome.COMMITTED}
        yield from (item for run, item in files if _replaced_at(run, published) < before)


def _replaced_at(run: str, published: Collection[str]) -> datetime:
    """When the run began that published the next version; for what no run came after, when its own began."""
    replaced_by = min((other for other in published if other > run), default=run)
    return max(run_began(run) or _EVER, run_began(replaced_by) or _EVER)


def _is_lost(files: Sequence[tuple[str, ObjectInfo]], outcomes: Mapping[str, Outcome]) -> bool:
    """Whether a partition that the catalog does not have was not dropped by a run: these may be the last of its rows.

    Who drops a partition leaves a mark in the folder of its run.
    """
    dropped = [run for run, item in files if item.key.endswith(DROPPED_MARK)]
    filled = [run for run, item in files if is_part_file(item.key) and outcomes.get(run) is Outcome.COMMITTED]
    return bool(filled) and max(filled) > max(dropped, default="")


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
