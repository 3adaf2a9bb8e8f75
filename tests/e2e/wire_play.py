"""Random deliveries into a lake on S3, with a wire that fails at random, held against what the raw objects say."""

from __future__ import annotations

import multiprocessing
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shared.engine.batch import STEPS
from shared.engine.executor import InlineExecutor
from shared.engine.plan import BatchLimits
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import LeaseHeldError, LoglakeError
from shared.lake.lake import Lake, open_lake
from shared.lake.tables import QUARANTINE
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, aws, open_store
from tests.e2e.leftovers import assert_nothing_is_left
from tests.e2e.wire import Wire
from tests.engine.history.events import CLIENTS, HOURS, Content, Line, Noise, Record, Slot
from tests.engine.history.oracle import Row, Version, Withheld, difference, in_order, quarantine_rows, table_rows
from tests.engine.history.wire import bytes_of

SCHEDULES = int(os.environ.get("LOGLAKE_E2E_SCHEDULES", "200"))
_PROCESSES = 2
_AT_ONCE = 20  # schedules of a process that share clients

_MOST_RUNS = 30  # until one ends well
_OVERTAKEN = 0.2  # of runs: another takes their lease over
# The store's time and etag are not the oracle's to know, nor what only the engine can tell.
_NOT_COMPARED = ("ingest_run", "source_modified", "source_etag", "record_hash", "ua_rules_version")


@contextmanager
def all_at_work() -> Iterator[list[Future[Counter[str]]]]:
    """Play all schedules in processes of their own, beside what else goes on: what happened in each share of them."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    shares = [range(first, min(first + _AT_ONCE, SCHEDULES)) for first in range(0, SCHEDULES, _AT_ONCE)]
    with ProcessPoolExecutor(_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield [pool.submit(play_all, share, environment) for share in shares]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def play_all(numbers: Sequence[int], environment: Mapping[str, str]) -> Counter[str]:
    """Play the schedules of these numbers, in a process of its own; what happened, counted."""
    os.environ.update(environment)
    wire, tally = Wire(), Counter[str]()
    bucket = f"wire-{uuid.uuid4().hex[:12]}"  # one for all: the server makes volumes for each, and has not got many
    aws.client("s3").create_bucket(Bucket=bucket)
    with wire.at_work():
        for number in numbers:
            try:
                _play(number, bucket, wire, tally)
            except BaseException as error:
                raise AssertionError(f"schedule {number}: {error!r}") from error
            tally["random fault schedules"] += 1
    tally.update({f"faults on the wire: {fault.value}": count for fault, count in wire.faults.items()})
    return tally


def _play(number: int, bucket: str, wire: Wire, tally: Counter[str]) -> None:
    random = Random(number)
    settings = RefineSettings(
        f"s3://{bucket}/{number}/raw",
        f"s3://{bucket}/{number}/lake",
        catalog=f"glue:{bucket.replace('-', '_')}_{number}",
        enrich=EnrichSettings(client_ip="keep", cookies="keep"),
        limits=BatchLimits(max_objects=random.choice([1, 2, 100])),
    )
    versions: dict[Slot, Version] = {}
    for _ in range(random.randint(1, 2)):
        for slot in random.sample(list(Slot), random.randint(1, 2)):
            versions[slot] = _deliver(settings, slot, _content(random))
        with wire.going_wrong(random):
            _run_until_it_ends_well(settings, tally, random)
    _assert_comes_to_rest(settings)
    lake = open_lake(settings.lake_uri, settings.catalog)
    _assert_as_the_oracle_says(lake, list(versions.values()))
    assert_nothing_is_left(lake, bucket)


def _assert_comes_to_rest(settings: RefineSettings) -> None:
    """An object that could not be read is tried again; then there is nothing to do."""
    for _ in range(2):
        if not Refinery(SOURCE, settings, InlineExecutor()).refine().batches:
            return
    raise AssertionError("a lake at rest goes on")


def _deliver(settings: RefineSettings, slot: Slot, content: Content) -> Version:
    store, data = open_store(settings.raw_uri), bytes_of(content, slot)
    store.write(slot.key, data)
    item = store.head(slot.key)
    assert item is not None
    return Version(slot, store.url(slot.key), content, data, int(item.modified.timestamp()))


def _content(random: Random) -> Content:
    lines: list[Line] = []
    for _ in range(random.randint(0, 5)):
        lines.append(
            random.choice(list(Noise))
            if random.random() < 0.2
            else Record(
                random.choice(["a", "b", "-"]),
                random.choice(HOURS),
                random.randint(1, 2),
                random.choice(CLIENTS),
                random.random() < 0.5,
            )
        )
    return Content((tuple(lines),))


def _run_until_it_ends_well(settings: RefineSettings, tally: Counter[str], random: Random) -> None:
    for _ in range(_MOST_RUNS):
        overtaken_at = random.choice(STEPS) if random.random() < _OVERTAKEN else ""
        if _ends_well(settings, tally, overtaken_at):
            return
    raise AssertionError(f"no run of {_MOST_RUNS} has ended well")


def _ends_well(settings: RefineSettings, tally: Counter[str], overtaken_at: str = "") -> bool:
    """Run; before that step the run stands still for so long that another one takes its lease over, and ends."""
    is_overtaken = False

    def before_step(name: str) -> None:
        nonlocal is_overtaken
        if name == overtaken_at and not is_overtaken:
            is_overtaken = True
            _ends_well(settings, tally)

    tally["runs"] += 1
    try:
        Refinery(SOURCE, settings, InlineExecutor(), before_step).refine()
    except LeaseHeldError:
        tally["runs that lost their lease to another"] += 1
        if not is_overtaken:
            raise
    except LoglakeError as error:
        if not error.remedy or not ("s3://" in error.what or "Glue catalog: " in error.what):
            raise AssertionError(f"it does not say what failed: {error}") from error
        tally["runs that gave up"] += 1
    else:
        return True
    return False


def _rows(lake: Lake, table: str) -> list[Row]:
    found: list[Row] = []
    for partition, version in lake.catalog.partitions(table).items():
        for item in lake.store.list(f"{version.location}/"):
            assert isinstance(item, ObjectInfo)
            opened = pq.ParquetFile(pa.BufferReader(lake.store.read(item.key)))
            rows = opened.read(use_threads=False).to_pylist(maps_as_pydicts="lossy")
            found += [{**row, "partition": str(partition)} for row in rows]
    return in_order(_compared(found))


def _compared(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in _NOT_COMPARED} for row in rows]


def _assert_as_the_oracle_says(lake: Lake, versions: Sequence[Version]) -> None:
    nothing = Withheld()
    for table, expected in (
        (SOURCE.tables[0].name, table_rows(versions, nothing)),
        (QUARANTINE.name, quarantine_rows(versions, nothing)),
    ):
        seen, wanted = _rows(lake, table), in_order(_compared(expected))
        assert seen == wanted, f"{table}: not what the raw objects say\n{difference(seen, wanted)}"
