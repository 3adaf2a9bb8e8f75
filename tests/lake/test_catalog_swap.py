"""What both catalogs promise of a swap: nothing is put over what another run published meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import LeaseHeldError
from shared.lake.catalog import Catalog, PartitionVersion
from shared.lake.catalog_glue import GlueCatalog
from shared.lake.catalog_local import LocalCatalog
from shared.storage import aws
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition

TABLE = Table("visits", "Visits.", (Column("event_time", ColumnType.TIMESTAMP, "When."),), "event_time")
ONE, TWO, THREE = (Partition.of_hour(hour) for hour in (1, 2, 3))


def local(request: pytest.FixtureRequest) -> Catalog:
    folder: Path = request.getfixturevalue("tmp_path")
    return LocalCatalog(folder / "catalog.sqlite")


def glue(request: pytest.FixtureRequest) -> Catalog:
    request.getfixturevalue("aws_endpoint")
    return GlueCatalog(aws.client("glue"), f"db{uuid.uuid4().hex}", "s3://example-lake/prod")


@pytest.fixture(params=[local, glue])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    make: Callable[[pytest.FixtureRequest], Catalog] = request.param
    made = make(request)
    made.ensure_table(TABLE)
    return made


def version(partition: Partition, run: str) -> PartitionVersion:
    return PartitionVersion(partition, f"visits/run={run}/{partition.folder}", run, 1, 1, 100, 0, 0, "")


def runs(catalog: Catalog) -> dict[Partition, str]:
    return {partition: found.run_id for partition, found in catalog.partitions("visits").items()}


def at(run: str, *partitions: Partition) -> dict[Partition, str | None]:
    return {partition: version(partition, run).location for partition in partitions}


def test_partitions_are_made_replaced_and_removed_by_one_swap(catalog: Catalog) -> None:
    catalog.swap("visits", [version(ONE, "r1"), version(TWO, "r1")], former={ONE: None, TWO: None})
    for _ in range(2):  # safe to repeat
        former = {**at("r1", ONE, TWO), THREE: None}
        catalog.swap("visits", [version(TWO, "r2"), version(THREE, "r2")], dropped=[ONE], former=former)
        assert runs(catalog) == {TWO: "r2", THREE: "r2"}


@pytest.mark.parametrize("taken", [ONE, TWO, THREE])
def test_a_swap_that_comes_too_late_changes_nothing(catalog: Catalog, taken: Partition) -> None:
    """Whether the other run replaced, removed or made the partition."""
    catalog.swap("visits", [version(ONE, "r1"), version(TWO, "r1")])
    catalog.swap("visits", [version(taken, "other")] if taken != TWO else [], dropped=[TWO] if taken == TWO else [])
    before = runs(catalog)
    with pytest.raises(LeaseHeldError, match=f"Partition {taken} of visits is no longer as this run read it"):
        catalog.swap(
            "visits",
            [version(TWO, "late"), version(THREE, "late")],
            dropped=[ONE],
            former={**at("r1", ONE, TWO), THREE: None},
        )
    assert runs(catalog) == before
