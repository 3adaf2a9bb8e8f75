"""The same run through an S3 API and the Glue API: only the URIs differ."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.lake import open_lake
from shared.query.duck import run_sql
from shared.sources.cloudfront import SOURCE
from shared.storage import aws, open_store
from tests.conftest import v1_line, v1_object


@pytest.fixture(autouse=True)
def buckets(aws_endpoint: str) -> None:
    for bucket in ("raw-logs", "the-lake"):
        aws.client("s3").create_bucket(Bucket=bucket)


def refine() -> Refinery:
    settings = RefineSettings("s3://raw-logs/cloudfront", "s3://the-lake/prod", catalog="glue:logs")
    return Refinery(SOURCE, settings, InlineExecutor())


def test_raw_and_lake_on_s3_with_the_glue_catalog() -> None:
    raw = open_store("s3://raw-logs/cloudfront")
    raw.write("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a"), v1_line("b"), "bad\n").encode())
    (batch,) = refine().refine().batches
    assert (batch.rows, batch.quarantined) == (2, 1)

    raw.write("E1EXAMPLE00001.2026-11-01-11.b2.gz", v1_object(v1_line("a"), v1_line("c", time="11:00:00")).encode())
    (batch,) = refine().refine().batches
    assert (batch.rows, batch.duplicates) == (1, 1)
    assert refine().refine().batches == []

    lake = open_lake("s3://the-lake/prod", "glue:logs")
    versions = lake.catalog.partitions("cloudfront_requests")
    assert {str(p): v.rows for p, v in versions.items()} == {"2026-11-01T10": 2, "2026-11-01T11": 1}
    answer = run_sql(lake, "SELECT request_id, source_object, hour FROM cloudfront_requests ORDER BY request_id")
    assert answer.to_pylist()[2] == {
        "request_id": "c",
        "source_object": "s3://raw-logs/cloudfront/E1EXAMPLE00001.2026-11-01-11.b2.gz",
        "hour": "11",
    }


def test_glue_has_the_table_as_declared_and_locations_that_hold_the_files() -> None:
    open_store("s3://raw-logs/cloudfront").write("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a")).encode())
    refine().refine()
    glue = aws.client("glue")
    table = glue.get_table(DatabaseName="logs", Name="cloudfront_requests")["Table"]
    assert [c["Name"] for c in table["StorageDescriptor"]["Columns"]] == list(SOURCE.tables[0].column_names)
    (partition,) = glue.get_partitions(DatabaseName="logs", TableName="cloudfront_requests")["Partitions"]
    assert partition["Values"] == ["2026", "11", "01", "10"]
    assert partition["Parameters"]["loglake.rows"] == "1"
    location = partition["StorageDescriptor"]["Location"]
    store = open_store(location.rstrip("/"))
    files = [item.key for item in store.list()]
    assert sum(pq.ParquetFile(store.open_input(key)).metadata.num_rows for key in files) == 1
