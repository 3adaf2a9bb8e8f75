"""What readers see while runs replace partitions: whole versions, one after the other, and never a missing file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

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

HOURS = ("10", "11")
OBJECTS = 2
ROWS = 8  # of one object in one hour
VERSIONS_LOCAL, VERSIONS_GLUE = 12, 6


def version_of(object_number: int, version: int) -> bytes:
    """An object with rows in each hour, which all carry the version; the last of each hour is in all objects."""
    lines = []
    for hour in HOURS:
        for number in range(ROWS):
            name = "all" if number == ROWS - 1 else f"{object_number}-{number}"
            lines.append(v1_line(f"{hour}-{name}", time=f"{hour}:{number:02d}:00", sc_bytes=str(version)))
    return v1_object(*lines).encode()


@pytest.fixture(params=["local", "glue"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RefineSettings]:
    if request.param == "local":
        yield RefineSettings(str(tmp_path / "raw"), str(tmp_path / "lake"))
    else:
        bucket = request.getfixturevalue("s3_bucket")
        yield RefineSettings(f"s3://{bucket}/raw", f"s3://{bucket}/lake", catalog="glue:logs")


def check_whole(seen: Seen) -> set[int]:
    """Each partition holds all rows of one version and no others; the versions."""
    assert [hour for hour, *_ in seen] == list(HOURS)
    rows = OBJECTS * (ROWS - 1) + 1
    for _hour, count, keys, total, oldest, newest in seen:
        assert (count, keys, oldest, total) == (rows, rows, newest, rows * newest), seen
    return {newest for *_, newest in seen}


def test_readers_see_whole_versions_while_partitions_are_replaced(place: RefineSettings) -> None:
    raw, refinery = open_store(place.raw_uri), Refinery(SOURCE, place, InlineExecutor())
    lake = open_lake(place.lake_uri, place.catalog)

    def publish(version: int) -> None:
        for number in range(OBJECTS):
            raw.write(f"E1EXAMPLE00001.2026-11-01-10.{number}.gz", version_of(number, version))
        (batch,) = refinery.refine().batches
        assert (batch.rows, batch.partitions) == (OBJECTS * (ROWS - 1) * len(HOURS) + len(HOURS), len(HOURS))

    def sweep() -> int:
        reader.answer(2)  # the shortest grace that is right: no query is older than the last swap
        garbage = find_garbage(lake, all_tables(), datetime.now(UTC))
        remove(lake, garbage)
        return len([item for item in garbage if item.key.startswith("cloudfront_requests/")])

    publish(1)
    reader = Reader(place.lake_uri, place.catalog)
    reader.answer(1)
    swept, versions = 0, VERSIONS_LOCAL if place.catalog is None else VERSIONS_GLUE
    for version in range(2, versions + 1):
        publish(version)
        if version % 2 == 0:
            swept += sweep()
    reader.stop()

    assert swept >= (versions - 1) * len(HOURS), "all but the last versions are gone"
    seen = [check_whole(answer) for answer in reader.answers]
    if place.catalog is None:
        assert all(len(found) == 1 for found in seen), "one transaction for all partitions"
    assert len(set().union(*seen)) >= versions // 2 + 1, "the reader has read all along"
    assert [max(found) for found in seen] == sorted(max(found) for found in seen), "never back"
