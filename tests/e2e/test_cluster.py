"""The job on a Spark cluster whose machines share nothing but S3, and on which processes die and tasks run twice."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from infra.package import package
from shared.synth import MIXED, RawFormat, SampleReport, SampleSpec
from tests.cli.conftest import call
from tests.e2e.cluster.bare_python import can_import, make_bare_python
from tests.e2e.cluster.events import Attempt, attempts
from tests.e2e.cluster.standalone import Cluster, executor_of, standalone
from tests.e2e.cluster.trouble import Holding, Killing
from tests.e2e.conftest import Engines, Place
from tests.e2e.content import TABLES, assert_same, content
from tests.e2e.deliveries import as_on_s3, deliver, taken_in_from_folders, told, true
from tests.e2e.job import SCRIPT, environment_of_jobs, submit
from tests.e2e.leftovers import assert_nothing_is_left
from tests.e2e.report import note
from tests.wire.message import Request
from tests.wire.proxy import Proxy

# Some tens of megabytes once they are unpacked: several tasks.
ROWS = SampleSpec(
    start=datetime(2026, 11, 1, 10),
    rows=50_000,
    hours=4,
    files_per_hour=4,
    formats={name: share for name, share in MIXED.items() if name is not RawFormat.V2_PARQUET},
    duplicate_rows=0.001,
    duplicate_objects=0.05,
    malformed_share=0.002,
)
VIEWER_KEY = b"a key for this cluster only"
_SETTINGS = {
    "spark.cores.max": 2,
    "spark.executor.memory": "512m",
    "spark.scheduler.minRegisteredResourcesRatio": 1.0,  # begin when both workers are there
    "spark.ui.enabled": "false",
    "spark.eventLog.enabled": "true",
}
_SPECULATING = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": 0.1,
    "spark.speculation.minTaskRuntime": "100ms",
}


@dataclass(frozen=True)
class Shipped:
    """What a job is started with: a Python without loglake, the code in a zip, the script."""

    python: Path
    code: Path
    script: Path


@dataclass(frozen=True)
class Brought:
    """Raw objects on S3, the truth about them, and what one process makes of them in folders."""

    place: Place
    truth: SampleReport
    tables: dict[str, pa.Table]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    folder = tmp_path_factory.mktemp("shipped")
    code, script = folder / "loglake.zip", folder / SCRIPT.name
    code.write_bytes(package())
    shutil.copy(SCRIPT, script)
    return Shipped(make_bare_python(folder / "python"), code, script)


@pytest.fixture(scope="module")
def brought(new_place: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Brought:
    folder, place = tmp_path_factory.mktemp("brought"), new_place()
    raw = folder / "raw"
    truth = deliver(raw, ROWS).truth
    for packed in raw.rglob("*.gz"):
        packed.write_bytes(gzip.decompress(packed.read_bytes()))
    place.upload(raw)
    as_on_s3(raw, place)
    lake = taken_in_from_folders(raw, folder / "lake", VIEWER_KEY)
    return Brought(place, truth, {table.name: content(lake, table, str(raw)) for table in TABLES})


@pytest.fixture(scope="module")
def wire(engines: Engines) -> Iterator[Proxy]:
    with Proxy(engines.s3_url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def environment(wire: Proxy) -> dict[str, str]:
    """Of all programs of the cluster."""
    return environment_of_jobs() | {"AWS_ENDPOINT_URL_S3": wire.url}


@pytest.fixture(scope="module")
def cluster(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with standalone(tmp_path_factory.mktemp("cluster"), environment) as running:
        yield running


@dataclass(frozen=True)
class Tried:
    """A job on the cluster into a lake of its own: what it said, and what became of its tasks."""

    place: Place
    report: dict[str, Any]
    attempts: list[Attempt]


Try = Callable[..., Tried]


@pytest.fixture
def try_job(
    brought: Brought,
    cluster: Cluster,
    shipped: Shipped,
    environment: dict[str, str],
    wire: Proxy,
    tmp_path: Path,
) -> Iterator[Try]:
    """Runs the job with settings of Spark and something that happens on the wire."""

    def run(trouble: Callable[[Request], None] = lambda _: None, **settings: object) -> Tried:
        events = tmp_path / "events"
        events.mkdir()
        name = f"lake_{len(wire.seen)}"
        place = replace(brought.place, lake_folder=name, database=f"{brought.place.database}_{name}")
        places = {"spark.pyspark.python": shipped.python, "spark.eventLog.dir": events.as_uri()}
        chosen = {**_SETTINGS, **settings, **places}
        words = [word for key, value in chosen.items() for word in ("--conf", f"{key}={value}")]
        wire.watch = trouble
        job = submit(
            place,
            tmp_path,
            ["--master", cluster.master_url, *words, "--py-files", shipped.code],
            environment=environment | {"LOGLAKE_VIEWER_KEY": VIEWER_KEY.decode()},
            script=shipped.script,
        )
        return Tried(place, job.report(), attempts(events))

    yield run
    wire.watch = lambda _: None


def assert_as_by_one_process(tried: Tried, brought: Brought) -> None:
    """The same rows, none twice, nothing left behind, and nothing for the doctor to find."""
    place = tried.place
    assert told(tried.report) == true(brought.truth)
    for table in TABLES:
        assert_same(content(place.lake, table, place.raw_uri), brought.tables[table.name])
    assert_nothing_is_left(place.lake, place.bucket)
    doctor = call("doctor", "--lake", place.lake_uri, "--catalog", place.catalog, "--deep")
    assert (doctor.exit_code, doctor.output) == (0, "The lake is well.\n")


def test_the_machines_have_nothing_of_loglake(shipped: Shipped, tmp_path: Path) -> None:
    assert can_import(shipped.python, "pyarrow", tmp_path)
    assert not can_import(shipped.python, "shared", tmp_path)


def test_both_workers_take_part(try_job: Try, brought: Brought, engines: Engines) -> None:
    tried = try_job()
    assert {each.ended for each in tried.attempts} == {"Success"}
    assert len({each.executor for each in tried.attempts}) == 2
    assert_as_by_one_process(tried, brought)
    note(engines, "rows that a cluster of two workers and one process agree on", tried.report["rows"])


def test_an_executor_and_a_task_that_die_change_nothing(
    try_job: Try, brought: Brought, cluster: Cluster, engines: Engines
) -> None:
    executor = Killing(cluster, staging_attempt, executor_of)
    task = Killing(cluster, version)

    def trouble(request: Request) -> None:
        executor(request)
        task(request)

    tried = try_job(trouble)
    ends = [each.ended for each in tried.attempts]
    assert executor.killed
    assert task.killed
    assert "ExecutorLostFailure" in ends
    assert "ExceptionFailure" in ends
    assert_as_by_one_process(tried, brought)
    note(engines, "attempts at tasks that died on the cluster", sum(end != "Success" for end in ends))


def test_tasks_that_run_twice_at_once_change_nothing(try_job: Try, brought: Brought, engines: Engines) -> None:
    """Both attempts have their files ready when the second one writes."""
    reading, building = Holding(staged_file), Holding(version_file)

    def trouble(request: Request) -> None:
        reading(request)
        building(request)

    tried = try_job(trouble, **_SPECULATING)
    assert reading.was_asked_again
    assert building.was_asked_again
    speculative = [each for each in tried.attempts if each.is_speculative]
    assert len({each.stage for each in speculative}) >= 2
    assert_as_by_one_process(tried, brought)
    note(engines, "speculative attempts on the cluster", len(speculative))


_STAGED = re.compile(r"(.*/_loglake/staging/.*/cloudfront_requests/.*)(/attempt=[0-9a-f]+)(/.*)")
_OF_VERSION = re.compile(r"(.*/cloudfront_requests/run=.*)(/.*)")


def staging_attempt(request: Request) -> str | None:
    """The attempt of the read step that a file is written by."""
    found = _STAGED.fullmatch(request.path) if request.kind == "put" else None
    return found and found[2]


def staged_file(request: Request) -> str | None:
    """A file of the read step, whichever attempt it is by."""
    found = _STAGED.fullmatch(request.path) if request.kind == "put" else None
    return found and found[1] + found[3]


def version(request: Request) -> str | None:
    """The partition version that a file is written, or copied, for."""
    found = _OF_VERSION.fullmatch(request.path) if request.kind in ("put", "copy") else None
    return found and found[1]


def version_file(request: Request) -> str | None:
    """A file that is written, or copied, for a partition version."""
    return request.path if version(request) else None
