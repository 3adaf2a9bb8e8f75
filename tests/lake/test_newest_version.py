"""Which version of an hour is the newest that counts: of tables that runs append to, one that is whole."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from shared.lake.check_partitions import TableState
from shared.lake.lake import Lake
from shared.lake.layout import partition_location
from shared.lake.newest_version import newest_version
from shared.lake.parquet import conform
from shared.lake.publish import append_rows
from shared.lake.rebuild import list_versions
from shared.lake.tables import INGEST_RUNS
from tests.lake.conftest import HOUR, START_MS

RUNS = [f"20261120T0700000{number:02d}Z-00000000" for number in range(4)]


def append(lake: Lake, run: str, *lines: str) -> str:
    """Publish lines as a run does; the location of its version."""
    rows = pa.table({"run_id": [*lines], "started_at": pa.array([START_MS] * len(lines), pa.timestamp("ms", "UTC"))})
    append_rows(lake, INGEST_RUNS, run, conform(rows, INGEST_RUNS))
    return partition_location(INGEST_RUNS.name, run, HOUR)


def newest(lake: Lake) -> str:
    """The location of the newest version, told from the folders."""
    state = TableState(lake, INGEST_RUNS, {}, list_versions(lake.store, INGEST_RUNS))
    found = newest_version(state, HOUR, None)
    assert found.version is not None, found.doubt
    return found.version.location


def files(lake: Lake, location: str) -> list[Path]:
    return sorted((Path(lake.uri) / location).glob("part-*.parquet"))


@pytest.fixture
def published(lake: Lake) -> list[str]:
    """The versions of three runs, each with a line of its own."""
    return [append(lake, run, run) for run in RUNS[:3]]


def test_the_newest_run_decides(lake: Lake, published: list[str]) -> None:
    assert newest(lake) == published[2]


def test_a_version_that_its_run_died_at_is_not_taken(lake: Lake, published: list[str]) -> None:
    """It lacks lines that were there before: that run took effect, but never published this."""
    files(lake, published[2])[0].unlink()
    assert newest(lake) == published[1]


def test_what_a_run_added_that_never_published_it_may_be_missing(lake: Lake, published: list[str]) -> None:
    """A run died between building its version and the swap; the next one built on the version before."""
    lake.catalog.swap(
        INGEST_RUNS.name, [replace(lake.catalog.partitions(INGEST_RUNS.name)[HOUR], location=published[1])]
    )
    last = append(lake, RUNS[3], RUNS[3])
    assert len(files(lake, last)) == 3, "not the line of the third run"
    assert newest(lake) == last


def test_a_damaged_file_is_no_sign_that_its_run_died(lake: Lake, published: list[str]) -> None:
    first, *_ = files(lake, published[2])
    shutil.copy(first, first.with_suffix(".twin"))
    first.with_suffix(".twin").write_bytes(b"PAR1 cut")
    first.with_suffix(".twin").replace(first)
    state = TableState(lake, INGEST_RUNS, {}, list_versions(lake.store, INGEST_RUNS))
    found = newest_version(state, HOUR, None)
    assert found.version is None
    assert first.name in found.doubt
