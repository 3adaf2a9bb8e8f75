"""The doctor through an S3 API and the Glue API."""

from __future__ import annotations

import pytest

from shared.engine.doctor import Doctor
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.check import Kind
from shared.lake.lake import open_lake
from shared.query.duck import run_sql
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, Store, aws, open_store
from tests.conftest import v1_line, v1_object

SETTINGS = RefineSettings("s3://raw-logs/cloudfront", "s3://the-lake/prod", catalog="glue:logs")


@pytest.fixture
def lake(aws_endpoint: str) -> Store:
    """The store of a lake that two runs filled."""
    for bucket in ("raw-logs", "the-lake"):
        aws.client("s3").create_bucket(Bucket=bucket)
    raw = open_store(SETTINGS.raw_uri)
    raw.write("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a"), v1_line("b"), "bad\n").encode())
    Refinery(SOURCE, SETTINGS, InlineExecutor()).refine()
    raw.write("E1EXAMPLE00001.2026-11-01-11.b2.gz", v1_object(v1_line("a"), v1_line("c", time="11:00:00")).encode())
    Refinery(SOURCE, SETTINGS, InlineExecutor()).refine()
    return open_store(SETTINGS.lake_uri)


def doctor() -> Doctor:
    return Doctor([SOURCE], SETTINGS, InlineExecutor())


def found() -> list[Kind]:
    return [finding.kind for finding in doctor().examine().findings]


def rows() -> list[tuple[str, str]]:
    answer = run_sql(
        open_lake(SETTINGS.lake_uri, SETTINGS.catalog), "SELECT request_id, hour FROM cloudfront_requests ORDER BY 1"
    )
    return [(row["request_id"], row["hour"]) for row in answer.to_pylist()]


def keys(lake: Store, prefix: str, ending: str) -> list[str]:
    return [i.key for i in lake.list(prefix) if isinstance(i, ObjectInfo) and i.key.endswith(ending)]


ROWS = [("a", "10"), ("b", "10"), ("c", "11")]


def test_a_good_lake_is_well(lake: Store) -> None:
    before = list(lake.list())
    assert found() == []
    assert list(lake.list()) == before


def test_a_damaged_ledger_object_and_a_lost_partition_are_repaired(lake: Store) -> None:
    lake.write(keys(lake, "_loglake/ledger/", ".parquet")[1], b"")
    aws.client("glue").delete_partition(
        DatabaseName="logs", TableName="cloudfront_requests", PartitionValues=["2026", "11", "01", "11"]
    )
    assert found() == [Kind.LEDGER_DAMAGED]
    assert [finding.kind for finding in doctor().repair().after.findings] == []
    assert rows() == ROWS
    assert len(keys(lake, "_loglake/damaged/ledger/", ".parquet")) == 1


def test_a_partition_whose_file_was_deleted_is_made_anew(lake: Store) -> None:
    location = next(
        iter(open_lake(SETTINGS.lake_uri, SETTINGS.catalog).catalog.partitions("cloudfront_requests").values())
    ).location
    lake.delete(keys(lake, location, ".parquet")[:1])
    assert found() == [Kind.PARTITION_DAMAGED]
    assert doctor().repair().after.findings == []
    assert rows() == ROWS
