"""What a lake holds beside its partitions once the sweeper was there."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.lake.lake import Lake
from shared.lake.sweep import find_garbage, remove
from shared.lake.tables import LAKE_TABLES
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, aws

_TABLES = (SOURCE.tables[0], *LAKE_TABLES)


def assert_nothing_is_left(lake: Lake, bucket: str) -> None:
    """Sweep; AssertionError for files of no partition, staged files and unfinished uploads that stay."""
    remove(lake, find_garbage(lake, _TABLES, datetime.now(UTC)))
    for table in _TABLES:
        live = {version.location for version in lake.catalog.partitions(table.name).values()}
        keys = [item.key for item in lake.store.list(f"{table.name}/") if isinstance(item, ObjectInfo)]
        assert {key.rpartition("/")[0] for key in keys} <= live, f"{table.name}: files of no partition stay"
    assert list(lake.store.list("_loglake/staging/")) == []
    assert aws.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
