"""Where things lie in a lake: run folders that readers may see, and the control folder that they never do."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

from shared.errors import DamageError
from shared.storage import ObjectInfo, Store
from shared.tables.partitions import Partition

CONTROL = "_loglake"
LEASES = f"{CONTROL}/lease/"
ERASURES = f"{CONTROL}/erasures.json"
DAMAGED = f"{CONTROL}/damaged/"
DROPPED_MARK = "_dropped"  # in the location that a run would have given a partition of which it left no row

_RUN_ID = re.compile(r"(\d{8}T\d{6})\d{3}Z-[0-9a-f]+", re.ASCII)


def new_run_id(now: datetime, after: str | None = None) -> str:
    """An id that is unique and sorts by time: `20261124T101502123Z-9f3a61c2`.

    It sorts behind `after`, the last run, also when the clock has gone back since.
    """
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z"
    if after is not None and moment <= after.partition("-")[0]:
        try:
            last = datetime.strptime(after.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise DamageError(
                f"The ledger has an object {after!r} that no run of loglake wrote.",
                remedy="let `loglake doctor --repair` put it aside",
            ) from error
        return new_run_id(last + timedelta(milliseconds=1))
    return f"{moment}-{secrets.token_hex(4)}"


def run_began(run_id: str) -> datetime | None:
    """When a run began, by its id; None for a text that is no run's id."""
    match = _RUN_ID.fullmatch(run_id)
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def is_part_file(key: str) -> bool:
    """Whether a name in a partition's folder is one that the lake gives: not what file managers and consoles leave."""
    name = key.rpartition("/")[2]
    return name.startswith("part-") and name.endswith(".parquet")


def partition_location(table_name: str, run_id: str, partition: Partition) -> str:
    """The folder of a partition version, below the lake's root."""
    return f"{table_name}/run={run_id}/{partition.folder}"


def staging_folder(run_id: str) -> str:
    """Where the tasks of a run write before anything is decided; never part of a partition."""
    return f"{CONTROL}/staging/run={run_id}"


def remove_staging(store: Store, run_id: str) -> None:
    """Remove what the run staged."""
    folder = staging_folder(run_id) + "/"
    store.delete(item.key for item in store.list(folder) if isinstance(item, ObjectInfo))


def new_attempt() -> str:
    """An id for one attempt at a task."""
    return secrets.token_hex(4)


def staged_file(
    run_id: str, table_name: str, partition: Partition, group: int, sequence: int = 0, attempt: str = "only"
) -> str:
    """The name of a task's file for an hour: fixed by the plan, as the file may keep it in the partition.

    The folder is the attempt's own. Of a task that Spark runs twice, the attempt that lost may go on writing; it must
    never write over what the run has read from the one that won (its objects may have changed in between).
    """
    name = f"part-{run_id}-{group:05d}-{sequence}.parquet"
    return f"{staging_folder(run_id)}/{table_name}/{partition.folder}/attempt={attempt}/{name}"


def ledger_folder(source: str) -> str:
    """Where the runs of a source are recorded."""
    return f"{CONTROL}/ledger/{source}"


def ledger_index_folder(source: str) -> str:
    """Where a source's ledger keeps the index of its runs: not among them, so that it is no run itself."""
    return f"{CONTROL}/ledger-index/{source}"


def lease_key(name: str) -> str:
    """The lease object of a source or of the shared tables."""
    return f"{LEASES}{name}.json"


def reprocess_key(source: str, digest: str) -> str:
    """The record of a reprocess operation that is at work or was interrupted."""
    return f"{CONTROL}/reprocess/{source}/{digest}.json"


def retention_key(table_name: str) -> str:
    """The object that keeps the retention floor of a table."""
    return f"{CONTROL}/retention/{table_name}.json"
