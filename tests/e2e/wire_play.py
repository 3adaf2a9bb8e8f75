"""Random deliveries into a lake on S3, with a wire that fails at random, held against what the raw objects say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq

from shared.engine.executor import InlineExecutor
from shared.engine.plan import BatchLimits
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError
from shared.lake.lake import Lake, open_lake
from shared.lake.lease import Lease
from shared.lake.tables import QUARANTINE
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, aws, open_store
from tests.e2e.leftovers import assert_nothing_is_left
from tests.engine.history.events import CLIENTS, HOURS, Content, Line, Noise, Record, Slot
from tests.engine.history.oracle import Row, Version, Withheld, difference, in_order, quarantine_rows, table_rows
from tests.engine.history.wire import bytes_of
from tests.wire.faults import ByRate
from tests.wire.impatience import impatient
from tests.wire.proxy import Proxy

_MOST_RUNS = 30  # until one ends well
_RATES = (0.02, 0.05, 0.15)
# The store's time and etag are not the oracle's to know, nor what only the engine can tell.
_NOT_COMPARED = ("ingest_run", "source_modified", "source_etag", "record_hash", "ua_rules_version")


def play_all(numbers: Sequence[int], environment: Mapping[str, str]) -> Counter[str]:
    """Play the schedules of these numbers, in a process of its own; what happened, counted."""
    os.environ.update(environment)
    tally: Counter[str] = Counter()
    for number in numbers:
        try:
            tally += _play(number)
        except BaseException as error:
            raise AssertionError(f"schedule {number}: {error!r}") from error
    return tally


def _play(number: int) -> Counter[str]:
    random = Random(number)
    bucket, tally = f"wire-{number}-{os.getpid()}", Counter({"random fault schedules": 1})
    settings = RefineSettings(
        f"s3://{bucket}/raw",
        f"s3://{bucket}/lake",
        catalog=f"glue:wire_{number}_{os.getpid()}",
        enrich=EnrichSettings(client_ip="keep", cookies="keep"),
        limits=BatchLimits(max_objects=random.choice([1, 2, 100])),
    )
    aws.client("s3").create_bucket(Bucket=bucket)
    versions: dict[Slot, Version] = {}
    for _ in range(random.randint(1, 2)):
        for slot in random.sample(list(Slot), random.randint(1, 2)):
            versions[slot] = _deliver(settings, slot, _content(random))
        with _faulty_wire(random) as proxies:
            _run_until_it_ends_well(settings, tally)
            for proxy in proxies:
                tally.update({f"faults on the wire: {fault.value}": n for fault, n in proxy.faults.items()})
    _run_until_it_ends_well(settings, tally)  # an object that could not be read is tried again
    lake = open_lake(settings.lake_uri, settings.catalog)
    assert Refinery(SOURCE, settings, InlineExecutor()).refine().batches == [], "a lake at rest goes on"
    _assert_as_the_oracle_says(lake, list(versions.values()))
    assert_nothing_is_left(lake, bucket)
    return tally


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


@contextmanager
def _faulty_wire(random: Random) -> Iterator[tuple[Proxy, Proxy]]:
    """All clients of this process go through proxies, do not wait long, and take a dead run's lease over at once."""
    schedules = [ByRate(random.choice(_RATES), random.randrange(1 << 30)) for _ in range(2)]
    s3, glue = os.environ["AWS_ENDPOINT_URL_S3"], os.environ["AWS_ENDPOINT_URL_GLUE"]
    with (
        Proxy(s3, schedules[0]) as to_s3,
        Proxy(glue, schedules[1]) as to_glue,
        impatient(answer_s=0.15, attempts=3),
        patch.dict(os.environ, AWS_ENDPOINT_URL_S3=to_s3.url, AWS_ENDPOINT_URL_GLUE=to_glue.url),
        patch.object(Lease, "_stays", lambda *_: True),
        patch.dict(Lease.__init__.__kwdefaults__, renew_every_s=3600.0),
    ):
        yield to_s3, to_glue
    aws._clients.clear()  # their proxies are gone


def _run_until_it_ends_well(settings: RefineSettings, tally: Counter[str]) -> None:
    for _ in range(_MOST_RUNS):
        tally["runs"] += 1
        try:
            Refinery(SOURCE, settings, InlineExecutor()).refine()
        except LoglakeError as error:
            if not error.remedy or not ("s3://" in error.what or "Glue catalog: " in error.what):
                raise AssertionError(f"it does not say what failed: {error}") from error
            tally["runs that gave up"] += 1
        else:
            return
    raise AssertionError(f"no run of {_MOST_RUNS} has ended well")


def _rows(lake: Lake, table: str) -> list[Row]:
    found: list[Row] = []
    for partition, version in lake.catalog.partitions(table).items():
        for item in lake.store.list(f"{version.location}/"):
            assert isinstance(item, ObjectInfo)
            with lake.store.open_input(item.key) as opened:
                rows = pq.ParquetFile(opened).read(use_threads=False).to_pylist(maps_as_pydicts="lossy")
            found += [{**row, "partition": str(partition)} for row in rows]
    return in_order(_compared(found))


def _compared(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in _NOT_COMPARED} for row in rows]


def _assert_as_the_oracle_says(lake: Lake, versions: Sequence[Version]) -> None:
    nothing = Withheld()
    for table, expected in (
        (SOURCE.table.name, table_rows(versions, nothing)),
        (QUARANTINE.name, quarantine_rows(versions, nothing)),
    ):
        seen, wanted = _rows(lake, table), in_order(_compared(expected))
        assert seen == wanted, f"{table}: not what the raw objects say\n{difference(seen, wanted)}"
