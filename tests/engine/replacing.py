"""Versions of two hours that replace one another while somebody reads them, whichever engine answers.

All rows of a version carry its number, so whatever a reader sees is whole or is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.lake import open_lake
from shared.lake.sweep import find_garbage, remove
from shared.query.tables import all_tables
from shared.sources.cloudfront import SOURCE
from shared.storage import open_store
from tests.conftest import v1_line, v1_object
from tests.engine.readers import Reader, Seen

_HOURS = ("10", "11")
_OBJECTS = 2
_ROWS = 8  # of one object in one hour


def read_while_replacing(settings: RefineSettings, ask: Callable[[], Seen], versions: int) -> list[set[int]]:
    """Publish so many versions while a reader asks, and sweep; of each of its answers, which versions it had.

    Raises AssertionError for an answer that is not whole: each partition must hold all rows of one version.
    """
    raw, refinery = open_store(settings.raw_uri), Refinery(SOURCE, settings, InlineExecutor())
    lake = open_lake(settings.lake_uri, settings.catalog)

    def publish(version: int) -> None:
        for number in range(_OBJECTS):
            raw.write(f"E1EXAMPLE00001.2026-11-01-10.{number}.gz", _version_of(number, version))
        (batch,) = refinery.refine().batches
        assert (batch.rows, batch.partitions) == (_OBJECTS * (_ROWS - 1) * len(_HOURS) + len(_HOURS), len(_HOURS))

    def sweep() -> int:
        reader.answer(2)  # the shortest grace that is right: no query is older than the last swap
        garbage = find_garbage(lake, all_tables(), datetime.now(UTC))
        remove(lake, garbage)
        return len([item for item in garbage if item.key.startswith("cloudfront_requests/")])

    publish(1)
    reader = Reader(ask)
    reader.answer(1)
    swept = 0
    for version in range(2, versions + 1):
        publish(version)
        if version % 2 == 0:
            swept += sweep()
    reader.stop()
    seen = [_versions_in(answer) for answer in reader.answers]
    assert swept >= (versions - 1) * len(_HOURS), "all but the last versions are gone"
    return seen


def _version_of(object_number: int, version: int) -> bytes:
    """An object with rows in each hour, which all carry the version; the last of each hour is in all objects."""
    lines = []
    for hour in _HOURS:
        for number in range(_ROWS):
            name = "all" if number == _ROWS - 1 else f"{object_number}-{number}"
            lines.append(v1_line(f"{hour}-{name}", time=f"{hour}:{number:02d}:00", sc_bytes=str(version)))
    return v1_object(*lines).encode()


def _versions_in(seen: Seen) -> set[int]:
    assert [hour for hour, *_ in seen] == list(_HOURS), f"an hour is missing: {seen}"
    rows = _OBJECTS * (_ROWS - 1) + 1
    for _hour, count, keys, total, oldest, newest in seen:
        assert (count, keys, oldest, total) == (rows, rows, newest, rows * newest), f"half a version: {seen}"
    return {newest for *_, newest in seen}


def assert_seen_in_order(seen: list[set[int]], versions: int) -> None:
    """The reader has read all along, and never saw an older version again."""
    assert len(set().union(*seen)) >= versions // 2 + 1, seen
    assert [max(found) for found in seen] == sorted(max(found) for found in seen), seen
