"""What readers see while runs replace partitions: whole versions, one after the other, and never a missing file."""

from __future__ import annotations

from pathlib import Path

from shared.engine.settings import RefineSettings
from tests.engine.readers import DuckDB
from tests.engine.replacing import assert_seen_in_order, read_while_replacing


def test_in_a_folder_readers_see_all_partitions_of_a_version_at_once(tmp_path: Path) -> None:
    settings, versions = RefineSettings(str(tmp_path / "raw"), str(tmp_path / "lake")), 12
    seen = read_while_replacing(settings, DuckDB(settings.lake_uri), versions)
    assert all(len(found) == 1 for found in seen), "one transaction for all partitions"
    assert_seen_in_order(seen, versions)


def test_through_the_glue_api_readers_see_whole_partitions(s3_bucket: str) -> None:
    settings = RefineSettings(f"s3://{s3_bucket}/raw", f"s3://{s3_bucket}/lake", catalog="glue:logs")
    seen = read_while_replacing(settings, DuckDB(settings.lake_uri, settings.catalog), 6)
    assert_seen_in_order(seen, 6)
