"""`loglake reprocess` and `loglake backfill`, as typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from shared.cli import retake
from shared.engine.backfill import note_outcome
from shared.engine.batch import Batch, BatchReport
from shared.interrupts import INTERRUPTED

Loglake = Callable[..., Result]
WRONG_CALL = 2
FILE = """\
[backfill]
source = "cloudfront"
from = "2026-11-01T10"
to = "2026-11-01T11"          # one hour
reason = "to see"
owner = "lake-team@example.com"
status = "approved"
"""


@pytest.fixture
def lake(home: Path, tmp_path: Path) -> Path:
    """A lake that may be changed."""
    return shutil.copytree(home / "lake", tmp_path / "lake")


def rows(loglake: Loglake, lake: Path) -> int:
    sql = "SELECT count(*) AS n FROM cloudfront_requests"
    return int(json.loads(loglake("query", sql, "--lake", lake, "--json").stdout)[0]["n"])


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    files = {str(path): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {name: (status.st_size, status.st_mtime_ns) for name, status in files.items()}


def interrupted_in_batch(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Ctrl-C as the batch of that number begins."""
    run, begun = Batch.run, []

    def interrupted(self: Batch) -> BatchReport:
        begun.append(self)
        if len(begun) == number:
            raise KeyboardInterrupt
        return run(self)

    monkeypatch.setattr(Batch, "run", interrupted)


def test_reprocess_takes_chosen_objects_in_again(loglake: Loglake, lake: Path) -> None:
    words = ("reprocess", "cloudfront", "--lake", lake, "--reason", "too_few_fields")
    planned = json.loads(loglake(*words, "--dry-run", "--json").stdout)
    before = rows(loglake, lake)
    ran = json.loads(loglake(*words, "--json").stdout)
    assert ran["objects"] >= len(planned["objects"]) > 0
    assert ran["operation"]["objects"] == len(planned["objects"])
    assert rows(loglake, lake) == before


def test_a_dry_run_says_what_would_be_touched_and_touches_nothing(loglake: Loglake, home: Path, lake: Path) -> None:
    before = everything(lake)
    words = ("reprocess", "cloudfront", "--lake", lake, "--from", "2026-11-01T10", "--to", "2026-11-01T11")
    words += ("--batch-objects", 2, "--dry-run")
    planned = json.loads(loglake(*words, "--json").stdout)
    assert planned["bytes"] == sum(item["size_bytes"] for item in planned["objects"])
    assert planned["batches"] == -(-len(planned["objects"]) // 2)
    assert "2026-11-01T10" in {item["partition"] for item in planned["partitions"]}
    assert (planned["gone"], planned["new"], planned["operation"]["is_resumed"]) == ([], 0, False)
    told = loglake(*words).stdout
    assert told.count(str(home / "raw")) == 1
    assert f"{len(planned['objects'])} objects (" in told
    assert "0 are gone." in told
    held = sum(item["rows"] for item in planned["partitions"])
    assert f"with {held:,} rows would be rewritten, in {planned['batches']} batches." in told
    assert everything(lake) == before


def test_long_lists_are_cut_for_people_alone(loglake: Loglake, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retake, "_SHOWN", 1)
    words = ("reprocess", "cloudfront", "--lake", lake, "--object", "*", "--dry-run")
    count = len(json.loads(loglake(*words, "--json").stdout)["objects"])
    told = loglake(*words).stdout
    assert f"... and {count - 1} more" in told
    assert "... and 1 more" in told, "of two hours"


def test_reprocess_keeps_the_rows_of_objects_that_are_gone(
    loglake: Loglake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retake, "_SHOWN", 1)
    raw, lake = tmp_path / "raw", tmp_path / "lake"
    loglake("sample", "cloudfront", "--out", raw, "--rows", 100, "--hours", 1, "--files-per-hour", 2)
    loglake("run", "cloudfront", "--raw", raw, "--lake", lake)
    gone, also_gone, *kept = sorted(raw.rglob("*.gz"))
    gone.unlink()
    also_gone.unlink()
    ran = loglake("reprocess", "cloudfront", "--lake", lake, "--object", "*")
    assert f"gone, its rows stay as they are: {gone}\nand 1 more are gone" in ran.stderr
    assert f"Took in {len(kept)} objects" in ran.stdout
    assert rows(loglake, lake) == 100
    none = loglake("reprocess", "cloudfront", "--lake", lake, "--object", str(gone))
    assert none.stdout.startswith("Nothing to take in again")


def test_an_interrupted_reprocess_goes_on(loglake: Loglake, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("reprocess", "cloudfront", "--lake", lake, "--object", "*", "--batch-objects", 3)
    total = len(json.loads(loglake(*words, "--dry-run", "--json").stdout)["objects"])
    with monkeypatch.context() as patch:
        interrupted_in_batch(patch, 2)
        ended = loglake(*words)
    assert ended.exit_code == INTERRUPTED
    assert "the same command goes on" in ended.stderr
    planned = loglake(*words, "--dry-run").stdout
    assert planned.startswith("going on with what was begun on 20")
    went_on = loglake(*words, "--json")
    assert f": 3 of {total} objects are done" in went_on.stderr
    facts = json.loads(went_on.stdout)["operation"]
    assert (facts["is_resumed"], facts["done_before"], facts["objects"]) == (True, 3, total)
    again = json.loads(loglake(*words, "--json").stdout)["operation"]
    assert (again["is_resumed"], again["done_before"]) == (False, 0)


def test_restart_begins_anew(loglake: Loglake, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("reprocess", "cloudfront", "--lake", lake, "--object", "*", "--batch-objects", 3)
    with monkeypatch.context() as patch:
        interrupted_in_batch(patch, 2)
        loglake(*words)
    ran = json.loads(loglake(*words, "--restart", "--json").stdout)
    assert ran["operation"]["is_resumed"] is False
    assert ran["objects"] >= ran["operation"]["objects"]


def test_reprocess_by_parser(loglake: Loglake, lake: Path) -> None:
    words = ("reprocess", "cloudfront", "--lake", lake, "--parser-before")
    assert loglake(*words, "current").stdout.startswith("Nothing to take in again")
    refused = loglake(*words, 99)
    assert refused.exit_code == WRONG_CALL
    assert "has version 1" in refused.stderr
    mistyped = loglake(*words, "last")
    assert mistyped.exit_code == WRONG_CALL
    assert "--parser-before is 'last'" in mistyped.stderr


def test_reprocess_with_raw_logs_loads_history_that_never_was_in(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    places = ("--lake", tmp_path / "new lake", "--raw", home / "raw")
    words = ("reprocess", "cloudfront", *places, "--to", "2026-11-01T11")
    planned = json.loads(loglake(*words, "--dry-run", "--json").stdout)
    assert planned["new"] == len(planned["objects"]) > 0
    assert not (tmp_path / "new lake").exists()
    told = loglake(*words, "--dry-run").stdout
    assert f"would be taken in, {planned['new']} of them not in yet; 0 are gone." in told
    assert json.loads(loglake(*words, "--json").stdout)["objects"] == planned["new"]
    refused = loglake("reprocess", "cloudfront", *places, "--reason", "cut_line")
    assert refused.exit_code == WRONG_CALL
    assert "neither a reason" in refused.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An approved backfill."""
    path = tmp_path / "backfill.toml"
    path.write_text(FILE)
    return path


def test_an_approved_backfill_is_done_once_and_says_so(loglake: Loglake, lake: Path, file: Path) -> None:
    before = rows(loglake, lake)
    ran = loglake("backfill", file, "--lake", lake)
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("Took in ")
    assert f"{file} says that it is done: commit it" in ran.stderr
    assert 'to = "2026-11-01T11"          # one hour' in file.read_text()
    assert 'status = "done"' in file.read_text()
    assert rows(loglake, lake) == before
    noted = file.read_text()
    again = loglake("backfill", file, "--lake", lake)
    assert (again.exit_code, file.read_text()) == (0, noted)
    assert "was done on 20" in again.stdout


@pytest.mark.parametrize(("status", "said"), [("planned", "not approved"), ("cancelled", "is cancelled")])
def test_a_backfill_that_is_not_approved_only_says_what_it_would_do(
    loglake: Loglake, lake: Path, file: Path, status: str, said: str
) -> None:
    file.write_text(FILE.replace("approved", status))
    before, text = everything(lake), file.read_text()
    refused = loglake("backfill", file, "--lake", lake)
    assert refused.exit_code == WRONG_CALL
    assert "would be rewritten" in refused.stdout
    assert said in refused.stderr
    assert 'status = "approved"' in refused.stderr
    assert (everything(lake), file.read_text()) == (before, text)


@pytest.mark.parametrize("status", ["planned", "approved", "done", "cancelled"])
def test_a_dry_run_of_a_backfill_works_whatever_its_status(
    loglake: Loglake, lake: Path, file: Path, status: str
) -> None:
    file.write_text(FILE.replace("approved", status))
    before, text = everything(lake), file.read_text()
    planned = loglake("backfill", file, "--lake", lake, "--dry-run", "--json")
    assert planned.exit_code == 0
    assert json.loads(planned.stdout)["objects"]
    assert (everything(lake), file.read_text()) == (before, text)


def test_an_interrupted_backfill_goes_on_and_counts_the_whole(
    loglake: Loglake, lake: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("backfill", file, "--lake", lake, "--batch-objects", 2)
    with monkeypatch.context() as patch:
        interrupted_in_batch(patch, 2)
        assert loglake(*words).exit_code == INTERRUPTED
    assert file.read_text() == FILE
    (record,) = (lake / "_loglake" / "reprocess").rglob("*.json")
    assert json.loads(record.read_text())["purpose"] == {"reason": "to see", "owner": "lake-team@example.com"}
    facts = json.loads(loglake(*words, "--json").stdout)["operation"]
    assert (facts["is_resumed"], facts["done_before"]) == (True, 2)
    assert f"objects = {facts['objects']}\n" in file.read_text()
    assert not record.exists()


def test_a_backfill_of_nothing_is_a_mistake(loglake: Loglake, lake: Path, file: Path) -> None:
    file.write_text(FILE.replace("2026-11", "2025-11"))
    refused = loglake("backfill", file, "--lake", lake)
    assert refused.exit_code == WRONG_CALL
    assert "chooses no object" in refused.stderr
    assert 'status = "approved"' in file.read_text()
    assert list((lake / "_loglake").rglob("reprocess/*/*.json")) == []


def test_a_file_that_cannot_be_written_is_no_failure(
    loglake: Loglake, lake: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"file://{file}"
    assert not note_outcome(uri, {})
    ran = loglake("backfill", uri, "--lake", lake)
    assert ran.exit_code == 0
    assert "cannot be written here; put these lines into it:" in ran.stderr
    assert '[backfill]\nstatus = "done"\nfinished = "20' in ran.stderr
    assert file.read_text() == FILE


def test_mistakes_in_a_file_are_named(loglake: Loglake, lake: Path, file: Path, tmp_path: Path) -> None:
    file.write_text(FILE.replace("owner", "owners"))
    refused = loglake("backfill", file, "--lake", lake)
    assert (refused.exit_code, refused.stdout) == (WRONG_CALL, "")
    assert f"{file}: unknown key 'owners'" in refused.stderr
    file.write_text(FILE.replace("cloudfront", "cloudfrnt"))
    assert "'cloudfrnt'" in loglake("backfill", file, "--lake", lake).stderr
    file.write_text(FILE)
    nowhere = loglake("backfill", file, "--lake", tmp_path / "nowhere")
    assert nowhere.exit_code == WRONG_CALL
    assert "no lake" in nowhere.stderr
