from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.storage import Store, open_store


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return open_store(str(tmp_path / "lake" / "raw"))
    bucket = request.getfixturevalue("s3_bucket")
    # A neighbour whose name begins alike must never show.
    open_store(f"s3://{bucket}/lake").write("raw-not-ours", b"")
    return open_store(f"s3://{bucket}/lake/raw/")


@pytest.fixture
def full_disk() -> Iterator[int]:
    """No file may grow beyond so many bytes: a write then fails as on a full disk."""
    limit = 1024 * 1024
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
