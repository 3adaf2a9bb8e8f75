"""Fixtures that many tests share: one Spark session for all, lakes and raw folders made per test."""

from __future__ import annotations

import logging
import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from shared.engine.executor import Executor, InlineExecutor
from shared.engine.plan import BatchLimits
from shared.engine.refine import RefineReport, Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.lake.lake import Lake, open_lake
from shared.query.duck import run_sql
from shared.runtime import spark_session
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from shared.storage import aws
from tests.glue_limits import behind_limits

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A shell that runs the tests in the background has them ignore the Ctrl-C that some of them send to themselves.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests never reach a real account, whatever the developer's shell is logged in to.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
)
for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE"):
    os.environ.pop(name, None)
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["LOGLAKE_VIEWER_KEY"] = "a key for tests only"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The one Spark session of the test run: two cores, UTC."""
    logging.getLogger("py4j").setLevel(logging.ERROR)
    settings = {"spark.sql.shuffle.partitions": "2", "spark.sql.execution.arrow.pyspark.enabled": "true"}
    with spark_session("loglake-tests", cores="2", settings=settings) as session:
        yield session


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """A server that speaks the S3 and Glue APIs, in this process; its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_endpoint(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """That server as the AWS of a test, without anything of other tests in it; its Glue is as strict as the service."""
    with urlopen(f"{aws_server}/moto-api/reset", data=b""):
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server)
    monkeypatch.setattr(aws, "client", behind_limits(aws.client))
    return aws_server


@pytest.fixture
def s3_bucket(aws_endpoint: str) -> str:
    """A bucket of its own for a test; its name."""
    bucket = f"example-{uuid.uuid4().hex}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return bucket


SAMPLES = Path(__file__).parent / "samples"


@dataclass
class Workshop:
    """A raw folder and a lake to try runs on, in this process unless another executor is given."""

    folder: Path
    raw: Path
    executor: Executor = field(default_factory=InlineExecutor)
    source: Source = SOURCE
    enrich: EnrichSettings = field(default_factory=lambda: EnrichSettings(client_ip="keep", cookies="keep"))
    limits: BatchLimits = field(default_factory=BatchLimits)

    @property
    def lake(self) -> Lake:
        return open_lake(str(self.folder / "lake"))

    def another(self, name: str) -> Workshop:
        """A lake of its own over the same raw folder."""
        return replace(self, folder=self.folder / name)

    def put(self, key: str, content: bytes | str, *, modified_s: int = 1_793_530_000) -> str:
        """Write a raw object; its URL."""
        path = self.raw / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (modified_s, modified_s))
        return str(path)

    def refinery(self, **changes: Any) -> Refinery:
        settings = RefineSettings(str(self.raw), str(self.folder / "lake"), enrich=self.enrich, limits=self.limits)
        return Refinery(self.source, replace(settings, **changes), self.executor)

    def run(self, before_step: Callable[[str], None] | None = None, **changes: Any) -> RefineReport:
        refinery = self.refinery(**changes)
        if before_step is not None:
            refinery.before_step = before_step
        return refinery.refine()

    def rows(self, table: str = "cloudfront_requests") -> list[dict[str, Any]]:
        """What readers see, without the run that wrote it, in a fixed order."""
        lake = self.lake
        found: list[dict[str, Any]] = []
        for partition, version in lake.catalog.partitions(table).items():
            for path in sorted((Path(lake.uri) / version.location).glob("*.parquet")):
                for row in pq.ParquetFile(path).read().to_pylist(maps_as_pydicts="lossy"):
                    found.append({**row, "partition": str(partition), "ingest_run": None})
        return sorted(found, key=lambda row: (row["source_object"], row["source_line"] or 0, str(row)))

    def rows_of_runs(self) -> list[dict[str, Any]]:
        return run_sql(self.lake, "SELECT * FROM ingest_runs").to_pylist()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """An empty raw folder and no lake yet."""
    made = Workshop(tmp_path, tmp_path / "raw")
    made.raw.mkdir()
    return made


_NAMES = """
date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query
cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for
ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port
time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end
"""
V1_FIELDS = tuple(_NAMES.split())
V1_HEADER = f"#Version: 1.0\n#Fields: {' '.join(V1_FIELDS)}\n"
_V1_VALUES: Mapping[str, str] = {
    "date": "2026-11-01",
    "time": "10:00:00",
    "x-edge-location": "FRA60-P3",
    "sc-bytes": "1500",
    "c-ip": "192.0.2.10",
    "cs-method": "GET",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": "/index.html",
    "sc-status": "200",
    "cs(User-Agent)": "curl/8.0",
    "x-edge-result-type": "Hit",
    "x-edge-request-id": "id==",
    "x-host-header": "www.example.com",
    "cs-protocol": "https",
    "cs-bytes": "100",
    "time-taken": "0.010",
    "x-edge-response-result-type": "Hit",
    "cs-protocol-version": "HTTP/2.0",
    "time-to-first-byte": "0.005",
    "x-edge-detailed-result-type": "Hit",
}


def v1_line(request_id: str = "id==", **values: str) -> str:
    """A v1 line; values by field name, `_` for `-` and without parentheses (`sc_status`, `time`)."""
    given = {"x-edge-request-id": request_id, **{name.replace("_", "-"): value for name, value in values.items()}}
    assert set(given) <= set(V1_FIELDS), set(given) - set(V1_FIELDS)
    return "\t".join({**_V1_VALUES, **given}.get(name, "-") for name in V1_FIELDS) + "\n"


def v1_object(*lines: str) -> str:
    """A v1 object with its header."""
    return V1_HEADER + "".join(lines)
