"""A lake whose Glue database is deleted is told again from its folders: Trino answers as before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from trino.exceptions import TrinoUserError

from shared.engine.catalog_rebuild import rebuild
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.check_catalog import compare
from shared.lake.check_partitions import TableState
from shared.lake.rebuild import VersionFiles
from shared.lake.tables import LAKE_TABLES
from shared.lake.withheld import raise_floor
from shared.sources.cloudfront import SOURCE
from shared.storage import aws
from shared.synth import MIXED, SampleSpec, write_cloudfront, write_late
from shared.tables.partitions import Partition
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note

TABLES = (SOURCE.tables[0], *LAKE_TABLES)
SPEC = SampleSpec(
    start=datetime(2026, 11, 1, 10),
    rows=5000,
    hours=4,
    files_per_hour=2,
    formats=MIXED,
    duplicate_rows=0.02,
    malformed_share=0.01,
    special=True,
    processes=1,
)


def fill(place: Place, folder: Path) -> None:
    """Two deliveries, the second late, and an expiry: versions that were replaced and an hour that was dropped."""
    refinery = Refinery(SOURCE, RefineSettings(place.raw_uri, place.lake_uri, catalog=place.catalog), InlineExecutor())
    for write in (write_cloudfront, write_late):
        write(folder / write.__name__, SPEC)
        place.upload(folder / write.__name__)
        refinery.refine()
    raise_floor(place.lake.store, SOURCE.tables[0].name, Partition.parse("2026-11-01T11"))
    refinery.withdraw()


def answers(trino: Trino, database: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables as text, with the file that each lies in."""
    return {
        table.name: sorted(
            trino.ask(
                f'SELECT year, month, day, hour, "$path", '
                f"json_format(CAST(ROW({', '.join(table.column_names)}) AS JSON)) FROM {table.name}",
                database,
            )
        )
        for table in TABLES
    }


def test_trino_answers_as_before_once_the_lost_database_is_told_from_the_lake(
    place: Place, trino: Trino, engines: Engines, tmp_path: Path
) -> None:
    fill(place, tmp_path)
    before, keys = answers(trino, place.database), place.keys("lake/cloudfront_requests/")
    hours = {row[3] for row in before["cloudfront_requests"]}
    assert hours == {"11", "12", "13"}
    assert all(before.values())

    aws.client("glue").delete_database(Name=place.database)
    with pytest.raises(TrinoUserError, match="does not exist"):
        trino.ask("SELECT 1 FROM cloudfront_requests", place.database)

    made = rebuild(place.lake, [SOURCE])
    assert made.left == []
    assert answers(trino, place.database) == before
    assert compare(place.lake, [SOURCE]).differences == []
    assert rebuild(place.lake, [SOURCE]).done == []
    assert place.keys("lake/cloudfront_requests/") == keys
    note(engines, "rows that Trino saw alike before a catalog was lost and after", sum(map(len, before.values())))


def test_a_partition_told_wrong_would_be_noticed(
    place: Place, trino: Trino, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the oldest version taken for the newest, Trino sees what late rows replaced."""
    fill(place, tmp_path)
    before = answers(trino, place.database)
    aws.client("glue").delete_database(Name=place.database)

    def oldest(state: TableState, partition: Partition) -> tuple[str, VersionFiles] | None:
        versions = state.versions.get(partition, {})
        run = min(versions, default=None)
        return (run, versions[run]) if run is not None else None

    monkeypatch.setattr(TableState, "newest", oldest)
    rebuild(place.lake, [SOURCE])
    assert answers(trino, place.database) != before
