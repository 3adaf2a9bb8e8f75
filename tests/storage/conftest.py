from __future__ import annotations

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
