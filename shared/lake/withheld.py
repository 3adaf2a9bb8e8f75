"""What a lake no longer holds: hours before a table's retention floor, and the rows of erased subjects.

Both are facts of the lake, kept in its control folder, that every publish obeys: what was expired or erased does not
come back when raw objects are taken in again. Both are written before anything is removed and marked as done after it,
so that a removal that died is completed by the next run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from shared.lake.damage import damage_told
from shared.lake.jobs import Withholding
from shared.lake.layout import ERASURES, retention_key, staging_folder
from shared.lake.subjects import Erasures, Subject
from shared.storage import Store, open_store
from shared.tables import SubjectKind
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class Floor:
    """A table holds nothing of hours before `before`; not `is_done`: their partitions have yet to go."""

    before: Partition
    is_done: bool = False


def floor_of(store: Store, table_name: str) -> Floor | None:
    """The retention floor of a table, if it has one."""
    found = _read(store, retention_key(table_name), _is_floor)
    return Floor(Partition.parse(found["before"]), found["is_done"]) if found else None


def withholding(store: Store, table_name: str, erasure_key: bytes | None = None) -> Withholding:
    """What must not be in a table; the key is given where there are erased subjects."""
    floor = floor_of(store, table_name)
    return Withholding(floor.before if floor else None, erasure_key)


def raise_floor(store: Store, table_name: str, before: Partition) -> Floor:
    """Set the floor; it only ever rises, as what has expired must not come back."""

    def higher(found: dict[str, Any]) -> dict[str, Any]:
        if found and Partition.parse(found["before"]) >= before:
            return found
        return {"before": str(before), "set_at": _now(), "is_done": False}

    changed = _change(store, retention_key(table_name), higher, _is_floor)
    return Floor(Partition.parse(changed["before"]), changed["is_done"])


def floor_is_done(store: Store, table_name: str, floor: Floor) -> None:
    """Note that the partitions below a floor are gone."""

    def done(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "is_done": True} if found["before"] == str(floor.before) else found

    _change(store, retention_key(table_name), done, _is_floor)


def erased_subjects(store: Store) -> frozenset[Subject]:
    """All subjects that the lake has erased or is about to."""
    return frozenset(_subject(entry) for entry in _entries(_read(store, ERASURES, _is_list)))


def pending_subjects(store: Store, source: str) -> frozenset[Subject]:
    """Those of which rows of a source may still be there."""
    return frozenset(_subject(e) for e in _entries(_read(store, ERASURES, _is_list)) if source not in e["done"])


def add_subjects(store: Store, subjects: Iterable[Subject]) -> None:
    """Put subjects on the list. One that is there already becomes pending again: asking twice looks twice."""
    wanted = sorted(set(subjects))

    def more(found: dict[str, Any]) -> dict[str, Any]:
        known = {_subject(entry): entry for entry in _entries(found)}
        known |= {s: {"kind": s.kind.value, "mark": s.mark, "added_at": _now(), "done": []} for s in wanted}
        return {"subjects": list(known.values())}

    _change(store, ERASURES, more, _is_list)


def subjects_are_done(store: Store, source: str, subjects: frozenset[Subject]) -> None:
    """Note that no row of a source is theirs any more."""

    def done(found: dict[str, Any]) -> dict[str, Any]:
        return {
            "subjects": [
                {**entry, "done": sorted({*entry["done"], source})} if _subject(entry) in subjects else entry
                for entry in _entries(found)
            ]
        }

    _change(store, ERASURES, done, _is_list)


def write_erasures(store: Store, run_id: str, subjects: frozenset[Subject]) -> None:
    """Keep the list as a run found it, so that all of its tasks, the retried ones too, go by the same."""
    store.write(_snapshot_key(run_id), json.dumps([[s.kind.value, s.mark] for s in sorted(subjects)]).encode())


@lru_cache(maxsize=4)
def erasures_of_run(lake_uri: str, run_id: str, key: bytes) -> Erasures:
    """That list, for the tasks of the run; read once per process."""
    marks = json.loads(open_store(lake_uri).read(_snapshot_key(run_id)))
    return Erasures(frozenset(Subject(SubjectKind(kind), mark) for kind, mark in marks), key)


def _snapshot_key(run_id: str) -> str:
    return f"{staging_folder(run_id)}/erasures.json"


def _subject(entry: Mapping[str, Any]) -> Subject:
    return Subject(SubjectKind(entry["kind"]), entry["mark"])


def _entries(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(found.get("subjects", ()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_floor(found: Any) -> bool:
    return bool(Partition.parse(found["before"])) and isinstance(found["is_done"], bool)


def _is_list(found: Any) -> bool:
    return all(_subject(entry).mark and isinstance(entry["done"], list) for entry in found["subjects"])


def _read(store: Store, key: str, is_right: Callable[[Any], bool]) -> dict[str, Any]:
    """The content of a control object; empty where there is none."""
    if not store.exists(key):
        return {}
    with damage_told(
        store.url(key),
        remedy="restore it from the bucket's versions: without it, what was expired or erased would come back",
    ):
        found: dict[str, Any] = json.loads(store.read(key))
        if not is_right(found):
            raise ValueError("values are missing")
    return found


def _change(
    store: Store,
    key: str,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    is_right: Callable[[Any], bool],
) -> dict[str, Any]:
    """Read, change and write back, again if another writer was faster; the content as it is then."""
    while True:
        seen = store.head(key)
        found = _read(store, key, is_right)
        changed = change(found)
        if seen is not None and changed == found:
            return found
        content = json.dumps(changed, indent=1).encode()
        if (store.create(key, content) if seen is None else store.replace(key, content, seen.etag)) is not None:
            return changed
