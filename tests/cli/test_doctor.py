from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.conftest import Loglake


def copied(home: Path, to: Path) -> Path:
    """A lake to break: ledger entries name the raw objects of `home`, which stay as they are."""
    shutil.copytree(home / "lake", to / "lake")
    return to / "lake"


def test_a_good_lake_is_well(loglake: Loglake, home: Path) -> None:
    answer = loglake("doctor", "--lake", home / "lake")
    assert (answer.exit_code, answer.output) == (0, "The lake is well.\n")


def test_what_is_wrong_is_named_and_the_exit_code_says_so(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    lake = copied(home, tmp_path)
    part = next((lake / "cloudfront_requests").rglob("part-*.parquet"))
    part.unlink()
    answer = loglake("doctor", "--lake", lake)
    assert answer.exit_code == 1
    assert "partition_damaged (1)" in answer.output
    assert "loglake doctor --repair" in answer.output
    assert "Nothing was changed" in answer.output

    told = json.loads(loglake("doctor", "--lake", lake, "--json").output)
    assert [(f["kind"], f["is_repairable"]) for f in told["findings"]] == [("partition_damaged", True)]
    assert told["done"] == []

    mended = loglake("doctor", "--lake", lake, "--repair")
    assert mended.exit_code == 0, mended.output
    assert "taken in again" in mended.output
    assert mended.output.endswith("The lake is well.\n")
    assert loglake("doctor", "--lake", lake).exit_code == 0


def test_many_findings_of_a_kind_are_counted(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    lake = copied(home, tmp_path)
    for number in range(7):
        (lake / f"_loglake/ledger/cloudfront/note{number}.txt").write_text("x")
    answer = loglake("doctor", "--lake", lake)
    assert "ledger_foreign (7)" in answer.output
    assert "and 2 more" in answer.output


def test_where_no_lake_is_nothing_is_made(loglake: Loglake, tmp_path: Path) -> None:
    answer = loglake("doctor", "--lake", tmp_path / "nowhere")
    assert answer.exit_code == 2
    assert "There is no lake" in answer.output
    assert list(tmp_path.iterdir()) == []
