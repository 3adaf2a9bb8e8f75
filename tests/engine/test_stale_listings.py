"""A run relies on no listing of what it wrote itself: what it has made, it knows from who made it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.engine.plan import BatchLimits
from shared.lake.published import Published
from shared.query.duck import run_sql
from shared.storage import ObjectInfo, Prefix, open_store
from shared.storage.local import LocalStore
from tests.conftest import Workshop, v1_line, v1_object

COUNTED = """SELECT 'runs' AS what, count(*) AS n, sum("rows") AS "rows" FROM ingest_runs
UNION ALL SELECT 'versions', count(*), sum("rows") FROM partition_quality"""


@contextmanager
def stale_listings(shop: Workshop) -> Iterator[None]:
    """Listings go on to show what there was when they began: nothing that is written from now on."""
    stores = [open_store(str(folder)) for folder in (shop.raw, shop.folder / "lake")]
    there = {store.url(item.key) for store in stores for item in store.list() if isinstance(item, ObjectInfo)}
    listing = LocalStore.list

    def stale(self: LocalStore, *args: Any, **options: Any) -> Iterator[ObjectInfo | Prefix]:
        found = listing(self, *args, **options)
        return (item for item in found if isinstance(item, Prefix) or self.url(item.key) in there)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalStore, "list", stale)
        yield


def deliver(shop: Workshop, day: str) -> None:
    """Objects of which each touches the hours of the others, with copies of their records and a bad line."""
    for number in range(4):
        lines = [v1_line(f"{day}{number}-{i}", time=f"1{i % 2}:00:00") for i in range(6)]
        lines += [v1_line("everywhere", time="10:30:00"), v1_line(f"{day}0-1", time="11:00:00"), "bad\n"]
        shop.put(f"E1EXAMPLE00001.2026-11-01-10.{day}{number}.gz", v1_object(*lines))


@pytest.fixture
def shops(workshop: Workshop) -> tuple[Workshop, Workshop]:
    """A lake and its reference, over one raw folder; an object is a batch."""
    workshop.limits = BatchLimits(max_objects=1)
    return workshop.another("lake"), workshop.another("reference")


def test_runs_with_stale_listings_make_the_same_lake(shops: tuple[Workshop, Workshop]) -> None:
    shop, reference = shops
    for day in ("a", "b"):
        deliver(shop, day)
        with stale_listings(shop):
            assert len(shop.run().batches) == 4
        reference.run()
        assert shop.rows() == reference.rows()
        assert shop.rows("quarantine") == reference.rows("quarantine")
        assert run_sql(shop.lake, COUNTED).to_pylist() == run_sql(reference.lake, COUNTED).to_pylist()


def test_a_run_that_listed_what_it_wrote_would_be_noticed(
    shops: tuple[Workshop, Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = shops
    monkeypatch.setattr(Published, "note", lambda *_: None)
    deliver(shop, "a")
    with stale_listings(shop), pytest.raises(Exception, match="0 rows"):
        shop.run()
