from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import UsageError
from shared.storage import open_store
from shared.storage.local import LocalStore
from shared.storage.s3 import S3Store


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://example-logs", S3Store("s3://example-logs")),
        ("s3://example-logs/", S3Store("s3://example-logs")),
        ("s3://example-logs/cdn/e1//", S3Store("s3://example-logs/cdn/e1")),
        ("/data/raw/", LocalStore("/data/raw")),
        ("file:///data/my%20raw", LocalStore("/data/my raw")),
        ("file://localhost/data", LocalStore("/data")),
        ("file:/data", LocalStore("/data")),
        ("/data/100%20", LocalStore("/data/100%20")),
    ],
)
def test_locations(uri: str, expected: object) -> None:
    assert open_store(uri) == expected


def test_relative_paths_are_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store("lake") == LocalStore(f"{tmp_path}/lake")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_store("~/lake") == LocalStore(f"{tmp_path}/home/lake")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "  ",
        "s3://",
        "s3:///key",
        "s3://Bad_Bucket/x",
        "s3://a",
        "s3a://example-logs/x",
        "https://example.com/x",
        "file://other.example.com/data",
        "file://data",
        "file:///data?x",
        "a\0b",
    ],
)
def test_what_is_no_location_is_refused_with_a_remedy(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(uri)
    assert caught.value.remedy


def test_one_folder_is_one_store_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "raw")
    monkeypatch.chdir(tmp_path / "raw")
    spellings = [
        f"{tmp_path}/link",
        f"{tmp_path}/link/deep/..",
        "deep/..",
        f"file://{tmp_path}/link/",
        f"{tmp_path}/./raw",
    ]
    assert {open_store(uri) for uri in spellings} == {LocalStore(f"{tmp_path}/raw")}
