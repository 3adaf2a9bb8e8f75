"""A catalog of 10,000 hours is told and written in bounded calls: none for each hour but to its own files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shared.engine.catalog_rebuild import rebuild
from shared.lake.catalog import Catalog
from shared.lake.catalog_glue import GlueCatalog
from shared.lake.catalog_local import LocalCatalog
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id, partition_location
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.parquet import PartFile, conform
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, aws, open_store
from shared.storage.base import Prefix
from shared.storage.local import LocalStore
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition
from tests.glue_limits import StrictGlue

HOURS = 10_000
VISITS = Table(
    "visits",
    "Visits of example.com, for tests.",
    (
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("site", ColumnType.STRING, "Where."),
        Column("source_object", ColumnType.STRING, "Object.", few_values=True),
    ),
    "event_time",
    key=("site",),
)
MANY = replace(SOURCE, name="visits", tables=(VISITS,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake to which one run brought so many hours. Their files are one: its only row has no time, and fits in any."""
    store = open_store(str(tmp_path / "lake"))
    run_id = new_run_id(datetime.now(UTC))
    hours = [Partition.of_hour(hour) for hour in range(480_000, 480_000 + HOURS)]
    with PartFile(store, "one.parquet", VISITS) as part:
        part.write(conform(pa.table({"site": ["a"], "source_object": ["x"]}), VISITS))
    for hour in hours:
        place = tmp_path / "lake" / partition_location("visits", run_id, hour)
        place.mkdir(parents=True)
        os.link(tmp_path / "lake" / "one.parquet", place / f"part-{run_id}-00000-0.parquet")
    ledger = Ledger.load(store, "visits")
    names = tuple(str(hour) for hour in hours)
    ledger.write(run_id, [LedgerEntry("x", "e", 1, datetime.now(UTC), Status.TAKEN, rows=HOURS, partitions=names)])
    ledger.commit(run_id)
    return tmp_path / "lake"


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each prefix was listed."""
    seen: Counter[str] = Counter()
    listed = LocalStore.list

    def counting(store: LocalStore, prefix: str = "", **options: Any) -> Iterator[ObjectInfo | Prefix]:
        seen[prefix] += 1
        return listed(store, prefix, **options)

    monkeypatch.setattr(LocalStore, "list", counting)
    return seen


def lake_in(folder: Path, catalog: Catalog) -> Lake:
    return Lake(str(folder), open_store(str(folder)), catalog)


def test_ten_thousand_hours_in_glue(folder: Path, aws_endpoint: str, listings: Counter[str]) -> None:
    glue: StrictGlue = aws.client("glue")
    lake = lake_in(folder, GlueCatalog(glue, "logs", str(folder)))
    made = rebuild(lake, [MANY])
    assert (len([each for each in made.done if each.partition]), made.left) == (HOURS, [])
    assert glue.calls["batch_create_partition"] == HOURS / 100
    assert glue.calls["batch_get_partition"] <= 2 * HOURS / 1000
    assert sum(glue.calls.values()) <= HOURS / 100 + 2 * HOURS / 1000 + 40
    assert listings["visits/run="] == 1
    assert listings.total() < 20

    glue.calls.clear()
    assert rebuild(lake, [MANY]).done == []
    assert glue.calls["get_partitions"] <= HOURS / 1000 + 3
    assert sum(glue.calls.values()) <= HOURS / 1000 + 20


def test_ten_thousand_hours_in_a_file(folder: Path, listings: Counter[str]) -> None:
    lake = lake_in(folder, LocalCatalog(folder / "catalog.sqlite"))
    assert len([each for each in rebuild(lake, [MANY]).done if each.partition]) == HOURS
    assert listings["visits/run="] == 1
    assert listings.total() < 20
    assert len(lake.catalog.partitions("visits")) == HOURS
