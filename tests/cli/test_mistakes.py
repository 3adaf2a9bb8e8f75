"""What users get wrong: each answer names it, says what to do, has the right exit code and no traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from moto import mock_aws
from typer.testing import Result

from shared.cli import samples
from shared.cli.errors import fails_politely
from shared.engine.settings import VIEWER_KEY_VARIABLE
from shared.interrupts import INTERRUPTED
from shared.lake.lake import open_lake
from shared.lake.lease import Lease
from shared.storage.aws import client
from shared.synth import SampleSpec

Loglake = Callable[..., Result]
FAILED, WRONG_CALL, LEASE_HELD = 1, 2, 3


def refused(result: Result, code: int, *parts: str) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for part in (*parts, "error: ", "what to do: "):
        assert part in result.stderr


def test_a_raw_prefix_that_does_not_exist(loglake: Loglake, tmp_path: Path) -> None:
    result = loglake("run", "cloudfront", "--raw", tmp_path / "nowhere", "--lake", tmp_path / "lake")
    refused(result, FAILED, "nowhere")
    assert not (tmp_path / "lake").exists()


def test_a_lake_that_does_not_exist(loglake: Loglake, tmp_path: Path) -> None:
    for words in (
        ("status",),
        ("tables",),
        ("quarantine",),
        ("sweep",),
        ("query", "SELECT 1"),
        ("reprocess", "cloudfront", "--object", "*"),
    ):
        refused(loglake(*words, "--lake", tmp_path / "no lake"), WRONG_CALL, "no lake", "--lake")
    assert list(tmp_path.iterdir()) == []


def test_a_lake_that_cannot_be_written(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = loglake("run", "cloudfront", "--raw", home / "raw", "--lake", tmp_path / "file" / "lake")
    refused(result, FAILED, str(tmp_path / "file"))


def test_a_catalog_that_is_no_catalog(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "catalog.sqlite"
    broken.write_bytes(b"no database at all" * 100)
    refused(loglake("status", "--lake", home / "lake", "--catalog", broken), FAILED, "catalog.sqlite")
    run = ("run", "cloudfront", "--raw", home / "raw", "--lake", tmp_path / "lake", "--catalog", broken)
    refused(loglake(*run), FAILED, "catalog.sqlite")


def test_a_folder_cannot_be_in_the_glue_catalog(loglake: Loglake, home: Path) -> None:
    refused(loglake("status", "--lake", home / "lake", "--catalog", "glue:logs"), WRONG_CALL, "Glue")


def test_names_that_do_not_exist(loglake: Loglake, home: Path) -> None:
    lake = ("--lake", home / "lake")
    refused(loglake("run", "cloudfrnt", "--raw", home / "raw", *lake), WRONG_CALL, "'cloudfrnt'", "cloudfront")
    refused(loglake("tables", "--columns", "requests"), WRONG_CALL, "'requests'", "cloudfront_requests")
    refused(loglake("quarantine", *lake, "--reason", "bad"), WRONG_CALL, "'bad'", "too_few_fields")
    refused(loglake("reprocess", "cloudfront", *lake, "--reason", "bad"), WRONG_CALL, "'bad'", "too_few_fields")
    refused(loglake("query", "SELECT 1 FROM requests", *lake), WRONG_CALL, "requests", "loglake tables")
    refused(loglake("query", "SELECT nope FROM cloudfront_requests", *lake), WRONG_CALL, "nope", "--columns")
    refused(loglake("query", "SELECT nope FROM cloudfront_requests", *lake), WRONG_CALL, "line 1, column 8")
    refused(loglake("query", "SELECT 1,", *lake), WRONG_CALL, "behind ,", "line 1, column 9")
    refused(loglake("query", "SELECT [", "--dialect", "duckdb", *lake), WRONG_CALL, "syntax error")


def test_values_that_make_no_sense(loglake: Loglake, home: Path) -> None:
    places = ("--raw", home / "raw", "--lake", home / "lake")
    refused(loglake("run", "cloudfront", *places, "--since", "yesterday"), WRONG_CALL, "since", "2026-11-01T10")
    refused(loglake("run", "cloudfront", *places, "--batch-bytes", 0), WRONG_CALL, "batch_bytes")
    refused(loglake("run", "cloudfront", *places, "--viewer-key", "secret!"), WRONG_CALL, "secretsmanager:")
    refused(loglake("run", "cloudfront", "--raw", "https://example.com/x", *places[2:]), WRONG_CALL, "s3://")
    refused(loglake("reprocess", "cloudfront", *places[2:]), WRONG_CALL, "--object")
    refused(loglake("reprocess", "cloudfront", *places[2:], "--from", "10:00"), WRONG_CALL, "--from")
    assert loglake("run", "cloudfront", *places, "--cores", "many").exit_code == WRONG_CALL
    assert loglake("tables").exit_code == WRONG_CALL
    assert loglake("query", "SELECT 1", *places[2:], "--format", "xml").exit_code == WRONG_CALL


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[source", "TOML"),
        ("[sauce]", "[sauce]"),
        ("[privacy]\nclient_pi = 'keep'", "client_pi"),
        ("[privacy]\nclient_ip = 'shred'", "shred"),
    ],
)
def test_a_config_file_with_a_mistake(loglake: Loglake, home: Path, tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "loglake.toml").write_text(content)
    words = ("run", "cloudfront", "--raw", home / "raw", "--lake", tmp_path / "lake", "--config")
    refused(loglake(*words, tmp_path / "loglake.toml"), WRONG_CALL, named)
    refused(loglake(*words, tmp_path / "none.toml"), WRONG_CALL, "none.toml")


def test_another_run_holds_the_table(
    loglake: Loglake, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = shutil.copytree(home / "lake", tmp_path / "lake")
    with Lease(open_lake(str(lake)).store, "cloudfront", "somebody-else", renew_every_s=0.1):
        result = loglake("run", "cloudfront", "--raw", home / "raw", "--lake", lake)
    refused(result, LEASE_HELD, "cloudfront")


def test_a_sample_that_cannot_be_written(loglake: Loglake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ("sample", "cloudfront", "--out", tmp_path / "file" / "raw", "--rows", 10)
    refused(loglake(*words), FAILED, "file")
    refused(loglake(*words, "--start", "2026-13-01"), WRONG_CALL, "--start")
    refused(loglake(*words, "--gigabytes", 1), WRONG_CALL, "rows")


def test_a_sample_of_mediapackage_that_cannot_be_made(loglake: Loglake, tmp_path: Path) -> None:
    words = ("sample", "mediapackage", "--out", tmp_path / "raw")
    refused(loglake(*words, "--rows", 10, "--gigabytes", 1), WRONG_CALL, "rows", "one of the two")
    refused(loglake(*words, "--gigabytes", 0.001), WRONG_CALL, "encoders deliver", "fewer channels")
    refused(loglake(*words, "--start", "noon"), WRONG_CALL, "--start")
    assert loglake(*words, "--channels", 1).exit_code == WRONG_CALL
    assert not (tmp_path / "raw").exists()
    (tmp_path / "file").write_text("in the way")
    small = ("--rows", 10, "--hours", 1, "--channels", 2)
    refused(loglake(*words[:3], tmp_path / "file" / "raw", *small), FAILED, "file", "--out")


def test_control_c_ends_a_command_in_one_line(
    loglake: Loglake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_to: Path, spec: SampleSpec, **_options: object) -> None:
        assert spec.first_hour == datetime(2026, 11, 1, 10)
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, "write_cloudfront", interrupted)
    result = loglake("sample", "cloudfront", "--out", tmp_path)
    assert result.exit_code == INTERRUPTED
    assert result.stderr.startswith("interrupted; ")


def test_a_fault_of_ours_is_not_hidden() -> None:
    @fails_politely
    def faulty() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        faulty()


def test_another_viewer_key_than_the_lakes_is_refused(
    loglake: Loglake, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = shutil.copytree(home / "lake", tmp_path / "lake")
    again = ("reprocess", "cloudfront", "--lake", lake, "--object", "*")
    with mock_aws():
        client("secretsmanager").create_secret(Name="viewers", SecretString="another key than the lake's")
        refused(loglake(*again, "--viewer-key", "secretsmanager:viewers"), WRONG_CALL, "viewer key", "former key")
    monkeypatch.delenv(VIEWER_KEY_VARIABLE)
    refused(loglake("run", "cloudfront", "--raw", home / "raw", "--lake", lake), WRONG_CALL, "viewer key")
    assert not (lake / "_loglake" / "viewer.key").exists()


def test_a_broken_pipe_within_the_work_is_not_taken_for_a_reader_that_left() -> None:
    @fails_politely
    def faulty() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        faulty()
