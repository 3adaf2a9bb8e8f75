"""What jobs must survive on a faulty wire, one scenario each; with `tests.wire.mutants` each of them fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.errors import LeaseHeldError, StorageError
from shared.lake.lake import open_lake
from shared.lake.lease import Lease
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, open_store
from shared.storage.s3 import S3Store
from tests.conftest import v1_line, v1_object
from tests.wire.faults import Fault, Lasting, Strike, Strikes
from tests.wire.impatience import ATTEMPTS
from tests.wire.proxy import Proxy

SWAPS = ("BatchCreatePartition", "BatchUpdatePartition", "BatchDeletePartition")


@dataclass(frozen=True)
class Site:
    """A raw prefix and a lake of their own behind the wire."""

    wire: Proxy
    bucket: str
    name: str

    @property
    def settings(self) -> RefineSettings:
        place = f"s3://{self.bucket}/{self.name}"
        return RefineSettings(f"{place}/raw", f"{place}/lake", catalog=f"glue:{self.name}")

    def another(self) -> Site:
        """A fresh one; from here on nothing goes wrong."""
        self.wire.schedule = Strikes()
        return Site(self.wire, self.bucket, f"w{uuid.uuid4().hex}")

    def put(self, name: str, *records: str) -> None:
        """Bring a raw object of records such as `10 a`: hour and request id."""
        lines = [v1_line(record[3:], time=f"{record[:2]}:00:00") for record in records]
        open_store(self.settings.raw_uri).write(f"E1EXAMPLE00001.2026-11-01-10.{name}.gz", v1_object(*lines).encode())

    def refinery(self) -> Refinery:
        return Refinery(SOURCE, self.settings, InlineExecutor())

    def held(self) -> list[str]:
        """What readers see, in the words of `put`; nothing goes wrong any more."""
        self.wire.schedule = Strikes()
        lake = open_lake(self.settings.lake_uri, self.settings.catalog)
        rows = []
        for partition, version in lake.catalog.partitions(SOURCE.tables[0].name).items():
            for item in lake.store.list(f"{version.location}/"):
                assert isinstance(item, ObjectInfo)
                file = pq.ParquetFile(pa.BufferReader(lake.store.read(item.key)))
                rows += [f"{partition.hour} {name}" for name in file.read(["request_id"])["request_id"].to_pylist()]
        return sorted(rows)

    def rests(self) -> bool:
        """Whether the next run has nothing to do."""
        return self.refinery().refine().batches == []


def a_swap_that_fails_for_good_is_made_by_the_next_run(site: Site) -> None:
    """Each call of the swaps in turn; until then each hour is as it was, or as it will be."""
    for nth in range(10):
        here = site.another()
        here.put("a", "10 a", "11 b")
        here.refinery().refine()
        here.put("b", "10 c")
        here.wire.schedule = Lasting(Fault.INTERNAL_SERVICE, lambda request: request.kind in SWAPS, nth)
        try:
            here.refinery().refine()
        except StorageError:
            assert here.held() in (["10 a", "11 b"], ["10 a", "10 c", "11 b"])
            here.refinery().refine()
        else:
            assert nth > 1
            return
        assert here.held() == ["10 a", "10 c", "11 b"]
        assert here.rests()
    raise AssertionError("one run has not so many swaps")


def a_note_that_fails_for_good_leaves_nothing_behind(site: Site) -> None:
    """Each conditional write in turn; meanwhile the object moves once more to another hour."""
    for nth in range(10):
        here = site.another()
        here.put("a", "10 a")
        here.refinery().refine()
        here.put("a", "11 b")
        here.wire.schedule = Lasting(Fault.SLOW_DOWN, lambda request: request.kind == "conditional put", nth)
        try:
            here.refinery().refine()
        except StorageError:
            here.wire.schedule = Strikes()
        else:
            assert nth > 1
            return
        here.put("a", "12 c")
        here.refinery().refine()
        assert here.held() == ["12 c"]
        assert here.rests()
    raise AssertionError("one run has not so many conditional writes")


def a_run_that_is_overtaken_changes_nothing_any_more(site: Site) -> None:
    """It stands still at a step for so long that its lease lapses; the object is replaced, and another run ends."""
    for step in ("build", "note", "swap", "commit"):
        here = site.another()
        here.put("a", "10 a")
        overtaken, others = here.refinery(), iter([here.refinery()])

        def before_step(name: str, here: Site = here, step: str = step, others: Iterator[Refinery] = others) -> None:
            if name == step and (other := next(others, None)):
                here.put("a", "11 b")
                other.refine()

        overtaken.before_step = before_step
        with suppress(LeaseHeldError):
            overtaken.refine()
        assert next(others, None) is None
        assert here.held() == ["11 b"], step
        assert here.rests()


def a_body_that_breaks_off_is_read_again(site: Site) -> None:
    """Every third that a run reads, raw objects and those of the lake."""
    count = _kinds_of_a_run(site).count("get")
    _assert_each_passes(site, [Strike("get", Fault.SHORT_ANSWER, nth) for nth in range(2, count, 3)])


def an_answer_that_breaks_off_is_asked_for_again(site: Site) -> None:
    """One of each operation of Glue that a run calls."""
    operations = sorted({kind for kind in _kinds_of_a_run(site) if kind[0].isupper()})
    assert {"BatchGetPartition", "BatchUpdatePartition"} <= set(operations)
    _assert_each_passes(site, [Strike(operation, Fault.SHORT_ANSWER) for operation in operations])


def a_batch_that_is_done_in_part_is_completed(site: Site) -> None:
    """Glue answers for each item of a batch."""
    changes = [Strike("BatchUpdatePartition", Fault.SOME_FAIL), Strike("BatchGetPartition", Fault.UNPROCESSED)]
    _assert_each_passes(site, changes)


def _kinds_of_a_run(site: Site) -> list[str]:
    """The requests of a second run."""
    here = site.another()
    for name in ("a", "b"):
        here.wire.seen.clear()
        here.put(name, f"10 {name}")
        here.refinery().refine()
    return [seen.kind for seen in here.wire.seen]


def _assert_each_passes(site: Site, strikes: Sequence[Strike]) -> None:
    """A run for each, which ends as if nothing had been."""
    here, expected = site.another(), ["10 a"]
    here.put("a", "10 a")
    here.refinery().refine()
    for number, strike in enumerate(strikes):
        here.put(f"b{number}", f"10 b{number}")
        expected.append(f"10 b{number}")
        here.wire.seen.clear()
        here.wire.schedule = Strikes([strike])
        here.refinery().refine()
        assert here.wire.faults == {strike.fault: 1}, strike
        assert here.held() == sorted(expected), strike
    assert here.rests()


def a_request_is_given_up_after_some_attempts(site: Site) -> None:
    """The error names the object."""
    store = S3Store(site.settings.lake_uri)
    site.wire.schedule = Strikes([Strike("put", Fault.SLOW_DOWN, times=20 * ATTEMPTS)])
    with pytest.raises(StorageError, match=f"{store.url('a')}: SlowDown"):
        store.write("a", b"content")
    assert site.wire.faults == {Fault.SLOW_DOWN: ATTEMPTS}


def a_lost_answer_is_no_lost_race(site: Site) -> None:
    """The put is done, its answer lost: the second attempt meets our own object."""
    store = S3Store(site.settings.lake_uri)
    site.wire.schedule = Strikes([Strike("conditional put", Fault.RESET_AFTER)])
    assert store.create("a", b"mine") is not None
    assert store.create("a", b"theirs") is None
    assert site.wire.faults == {Fault.RESET_AFTER: 1}


BATTERY = (
    a_swap_that_fails_for_good_is_made_by_the_next_run,
    a_note_that_fails_for_good_leaves_nothing_behind,
    a_run_that_is_overtaken_changes_nothing_any_more,
    a_body_that_breaks_off_is_read_again,
    an_answer_that_breaks_off_is_asked_for_again,
    a_batch_that_is_done_in_part_is_completed,
    a_request_is_given_up_after_some_attempts,
    a_lost_answer_is_no_lost_race,
)


def take_over_at_once(patch: pytest.MonkeyPatch) -> None:
    """The lease of a run that stands still is taken over as if its term had passed."""
    patch.setattr(Lease, "_stays", lambda *_: True)
    patch.setitem(Lease.__init__.__kwdefaults__, "renew_every_s", 3600.0)
