from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.lake.layout import new_run_id
from shared.lake.lease import Lease
from shared.storage import open_store
from tests.cli.conftest import Loglake

TABLES = 4
QUESTION = "SELECT count(*) AS rows, sum(bytes_sent) AS bytes FROM cloudfront_requests"


@pytest.fixture
def lake(home: Path, tmp_path: Path) -> Path:
    """A lake to break."""
    shutil.copytree(home / "lake", tmp_path / "lake")
    return tmp_path / "lake"


def test_of_a_good_catalog_nothing_is_said_and_nothing_changed(loglake: Loglake, lake: Path) -> None:
    content = (lake / "catalog.sqlite").read_bytes()
    answer = loglake("catalog", "check", "--lake", lake)
    assert (answer.exit_code, answer.output) == (0, "The catalog is what the lake says.\n")
    answer = loglake("catalog", "rebuild", "--lake", lake)
    assert (answer.exit_code, answer.output) == (0, "Nothing to mend: the catalog was not changed.\n")
    assert (lake / "catalog.sqlite").read_bytes() == content


def test_a_lost_catalog_is_named_and_made_anew_and_answers_as_before(loglake: Loglake, lake: Path) -> None:
    before = loglake("query", "--lake", lake, QUESTION, "--format", "csv").output
    (lake / "catalog.sqlite").unlink()

    checked = loglake("catalog", "check", "--lake", lake)
    assert checked.exit_code == 1
    assert f"table_missing ({TABLES})" in checked.output
    assert "  cloudfront_requests: the catalog does not have the table\n" in checked.output
    assert "  what to do: `loglake catalog rebuild`\n" in checked.output
    assert checked.output.endswith(" found. Nothing was changed.\n")
    assert not (lake / "catalog.sqlite").exists()

    told = json.loads(loglake("catalog", "check", "--lake", lake, "--json").output)
    (first, *_) = told["differences"]
    assert (first["kind"], first["is_mendable"], told["at_work"]) == ("database_missing", True, [])
    count = len(told["differences"])

    dry = loglake("catalog", "rebuild", "--lake", lake, "--dry-run")
    assert dry.exit_code == 0
    assert dry.output.endswith(f"{count} would be mended. Nothing was changed.\n")
    assert not (lake / "catalog.sqlite").exists()

    made = loglake("catalog", "rebuild", "--lake", lake)
    assert made.exit_code == 0
    assert made.output.endswith(f"{count} mended.\n")
    assert loglake("query", "--lake", lake, QUESTION, "--format", "csv").output == before
    again = json.loads(loglake("catalog", "rebuild", "--lake", lake, "--json").output)
    assert again == {"dry_run": False, "put_aside": None, "mended": [], "left": []}
    assert loglake("catalog", "check", "--lake", lake).exit_code == 0


def test_a_file_that_is_no_catalog_is_put_aside_and_told(loglake: Loglake, lake: Path) -> None:
    (lake / "catalog.sqlite").write_bytes(b"no database at all" * 99)
    refused = loglake("status", "--lake", lake)
    assert refused.exit_code == 1
    assert "`loglake catalog rebuild` puts the file aside" in refused.output
    assert "catalog_unusable (1)" in loglake("catalog", "check", "--lake", lake).output
    made = loglake("catalog", "rebuild", "--lake", lake)
    assert made.exit_code == 0, made.output
    (aside,) = lake.glob("catalog.sqlite.unusable-*")
    assert f"is now {aside}." in made.output
    assert loglake("catalog", "check", "--lake", lake).exit_code == 0


def test_what_cannot_be_mended_is_named_with_the_way_out_and_the_exit_code_says_so(
    loglake: Loglake, lake: Path
) -> None:
    next((lake / "cloudfront_requests").rglob("part-*.parquet")).unlink()
    (lake / "catalog.sqlite").unlink()
    made = loglake("catalog", "rebuild", "--lake", lake)
    assert made.exit_code == 1
    assert "partition_missing (1)\n" in made.output
    assert "  what to do: `loglake doctor --repair`\n" in made.output
    assert loglake("doctor", "--lake", lake, "--repair").exit_code == 0
    assert loglake("catalog", "check", "--lake", lake).exit_code == 0


def test_while_a_run_is_at_work(loglake: Loglake, lake: Path) -> None:
    (lake / "catalog.sqlite").unlink()
    holder = new_run_id(datetime.now(UTC))
    with Lease(open_store(str(lake)), "cloudfront", holder, renew_every_s=0.1):
        checked = loglake("catalog", "check", "--lake", lake)
        refused = loglake("catalog", "rebuild", "--lake", lake)
    assert f"Run {holder} is at work, or died: look again once it has ended." in checked.output
    assert refused.exit_code == 3
    assert "wait until it has ended" in refused.output
    assert not (lake / "catalog.sqlite").exists()


def test_where_no_lake_is_nothing_is_made(loglake: Loglake, tmp_path: Path) -> None:
    for command in ("check", "rebuild"):
        answer = loglake("catalog", command, "--lake", tmp_path / "nowhere")
        assert answer.exit_code == 2
        assert "There is no lake" in answer.output
    assert list(tmp_path.iterdir()) == []


def test_doctor_query_and_runs_name_the_way_out_of_a_lost_catalog(loglake: Loglake, home: Path, lake: Path) -> None:
    (lake / "catalog.sqlite").unlink()
    assert "`loglake catalog rebuild`" in loglake("doctor", "--lake", lake).output
    asked = loglake("query", "--lake", lake, QUESTION)
    assert (asked.exit_code, "`loglake catalog rebuild`" in asked.output) == (2, True)
    ran = loglake("run", "cloudfront", "--raw", home / "raw", "--lake", lake)
    assert ran.exit_code == 2
    assert "`loglake catalog rebuild`" in ran.output
