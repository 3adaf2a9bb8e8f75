"""Trino counts while runs replace what it reads: whole versions, one after the other, and never a missing file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from shared.engine.settings import RefineSettings
from shared.lake.catalog import Former, PartitionVersion
from shared.lake.catalog_glue import GlueCatalog
from shared.tables.partitions import Partition
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note
from tests.engine.readers import QUESTION, Seen
from tests.engine.replacing import assert_seen_in_order, read_while_replacing

VERSIONS = 10


@dataclass(frozen=True)
class AskTrino:
    """The question of all readers, asked of Trino. A value: it travels to the reader's process."""

    port: int
    database: str

    def __call__(self) -> Seen:
        return tuple(Trino(self.port).ask(QUESTION, self.database))  # type: ignore[arg-type]


def settings_of(place: Place) -> RefineSettings:
    return RefineSettings(place.raw_uri, place.lake_uri, catalog=place.catalog)


def test_trino_sees_whole_versions_while_partitions_are_replaced(place: Place, trino: Trino, engines: Engines) -> None:
    seen = read_while_replacing(settings_of(place), AskTrino(trino.port, place.database), VERSIONS)
    assert_seen_in_order(seen, VERSIONS)
    note(engines, "versions published under a reading Trino", VERSIONS)
    note(engines, "different answers that Trino gave meanwhile, each whole", len(seen))


def test_a_swap_in_two_steps_would_be_noticed(place: Place, trino: Trino, monkeypatch: pytest.MonkeyPatch) -> None:
    swap = GlueCatalog.swap

    def drop_then_create(
        catalog: GlueCatalog,
        name: str,
        versions: Iterable[PartitionVersion],
        dropped: Iterable[Partition] = (),
        former: Former | None = None,
    ) -> None:
        versions = list(versions)
        if name == "cloudfront_requests":
            swap(catalog, name, [], [version.partition for version in versions])
            time.sleep(1)
        swap(catalog, name, versions, dropped)

    monkeypatch.setattr(GlueCatalog, "swap", drop_then_create)
    # What Trino meets is a matter of moments: an hour that is gone, or that goes while it reads.
    with pytest.raises(AssertionError, match=r"an hour is missing|HIVE_PARTITION_DROPPED_DURING_QUERY"):
        read_while_replacing(settings_of(place), AskTrino(trino.port, place.database), 3)
