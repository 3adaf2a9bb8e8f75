"""The stack of real engines, started once for all tests, and a fresh place in it for each."""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from trino.dbapi import connect

from shared.lake.lake import Lake, open_lake
from shared.storage import aws
from tests.e2e.report import noted
from tests.e2e.stack import servers
from tests.e2e.stack.service import Service, answers
from tests.e2e.wire_play import all_at_work

_START_WITHIN_S = 60.0
_FOLDER = pytest.StashKey[Path]()


@dataclass(frozen=True)
class Engines:
    """The running servers. `folder` holds their logs, and is there for scratch."""

    folder: Path
    s3_url: str
    glue_url: str
    trino_port: int
    trino: Service


@dataclass(frozen=True)
class Place:
    """A bucket and a Glue database of a test's own, with raw objects and a lake in it."""

    bucket: str
    database: str
    lake_folder: str = "lake"

    @property
    def raw_uri(self) -> str:
        return f"s3://{self.bucket}/raw"

    @property
    def lake_uri(self) -> str:
        return f"s3://{self.bucket}/{self.lake_folder}"

    @property
    def catalog(self) -> str:
        return f"glue:{self.database}"

    @property
    def lake(self) -> Lake:
        return open_lake(self.lake_uri, self.catalog)

    def put_raw(self, key: str, content: bytes) -> str:
        """Bring a raw object; its URL."""
        aws.client("s3").put_object(Bucket=self.bucket, Key=f"raw/{key}", Body=content)
        return f"{self.raw_uri}/{key}"

    def upload(self, folder: Path) -> None:
        """Bring all files of a folder as raw objects."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.put_raw(file.relative_to(folder).as_posix(), file.read_bytes())

    def keys(self, prefix: str = "") -> list[str]:
        """All keys of the bucket that begin so, hidden and unfinished ones too."""
        pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


@dataclass(frozen=True)
class Trino:
    """Asks Trino, in UTC unless told otherwise. Its default catalog has the name of Athena's."""

    port: int
    timezone: str = "UTC"

    def ask(self, sql: str, database: str) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        return [tuple(row) for row in self._run(sql, database).fetchall()]

    def columns(self, sql: str, database: str) -> list[tuple[str, str]]:
        """Names and types of an answer's columns."""
        cursor = self._run(sql, database)
        cursor.fetchall()
        return [(column[0], column[1]) for column in cursor.description]

    def _run(self, sql: str, database: str) -> Any:
        cursor = connect(
            host="127.0.0.1",
            port=self.port,
            user="e2e",
            catalog="awsdatacatalog",
            schema=database,
            timezone=self.timezone,
        ).cursor()
        cursor.execute(sql)
        return cursor


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Engines]:
    """All three servers, of which Trino may still be starting; the environment of this process names them."""
    folder = tmp_path_factory.mktemp("stack")
    pytestconfig.stash[_FOLDER] = folder
    started: list[Service] = []
    try:
        s3, s3_url = servers.start_s3(folder)
        started.append(s3)
        glue, glue_url = servers.start_glue(folder)
        started.append(glue)
        trino, trino_port = servers.start_trino(folder, s3_url, glue_url)
        started.append(trino)
        os.environ.update(
            AWS_ACCESS_KEY_ID=servers.ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=servers.SECRET_KEY,
            AWS_REGION=servers.REGION,
            AWS_ENDPOINT_URL_S3=s3_url,
            AWS_ENDPOINT_URL_GLUE=glue_url,
        )
        glue.wait_until(lambda: answers(_port(glue_url)), _START_WITHIN_S)
        s3.wait_until(lambda: servers.takes_objects("e2e-first"), _START_WITHIN_S)
        yield Engines(folder, s3_url, glue_url, trino_port, trino)
    finally:
        for service in started:
            service.end()
        for service in started:
            service.stop()
        shutil.rmtree(folder / "s3", ignore_errors=True)  # the logs stay, as long as pytest keeps them


@pytest.fixture(scope="session", autouse=True)
def schedules_at_work(request: pytest.FixtureRequest) -> Iterator[list[Future[Counter[str]]]]:
    """The schedules of `test_wire_faults`, begun before the first test: most others leave a core idle."""
    if not any(item.path.stem == "test_wire_faults" for item in request.session.items):
        yield []
        return
    request.getfixturevalue("engines")
    with all_at_work() as shares:
        yield shares


@pytest.fixture(scope="session")
def trino(engines: Engines) -> Trino:
    """Trino, ready to be asked."""
    engines.trino.wait_until(lambda: servers.is_trino_ready(engines.trino), _START_WITHIN_S)
    return Trino(engines.trino_port)


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    """A fresh place."""
    return new_place()


@pytest.fixture(scope="session")
def new_place(engines: Engines) -> Callable[[], Place]:
    """Makes fresh places: for fixtures that outlive a test."""

    def make() -> Place:
        name = uuid.uuid4().hex[:12]
        made = Place(f"e2e-{name}", f"e2e_{name}")
        aws.client("s3").create_bucket(Bucket=made.bucket)
        return made

    return make


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the run has shown."""
    if _FOLDER not in config.stash:
        return
    passed = len(terminalreporter.stats.get("passed", ()))
    facts = {"tests passed": passed, **noted(config.stash[_FOLDER])}
    terminalreporter.section("shown on real engines")
    for what, count in facts.items():
        terminalreporter.write_line(f"{count:>9,}  {what}")
