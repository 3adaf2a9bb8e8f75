from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.lake.lake import Lake, open_lake
from shared.sources.cloudfront import SOURCE
from shared.synth import SampleSpec, write_cloudfront

SPEC = SampleSpec(start=datetime(2026, 11, 1, 10), rows=1200, hours=2, files_per_hour=2, duplicate_rows=0.02)


@pytest.fixture(scope="package")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CloudFront v1 logs of two hours and two distributions, some lines of them twice."""
    folder = tmp_path_factory.mktemp("query") / "raw"
    write_cloudfront(folder, SPEC)
    return folder


@pytest.fixture(scope="package")
def lake(raw: Path) -> Lake:
    """The lake of these logs in a folder, with addresses as logged."""
    return _refined(raw, str(raw.parent / "lake"))


@pytest.fixture
def remote_lake(raw: Path, s3_bucket: str, tmp_path: Path) -> Lake:
    """The same lake on S3, with its catalog in a file."""
    return _refined(raw, f"s3://{s3_bucket}/some/lake", str(tmp_path / "catalog.sqlite"))


def _refined(raw: Path, uri: str, catalog: str | None = None) -> Lake:
    settings = RefineSettings(str(raw), uri, catalog, enrich=EnrichSettings(client_ip="keep"))
    Refinery(SOURCE, settings, InlineExecutor()).refine()
    return open_lake(uri, catalog)
