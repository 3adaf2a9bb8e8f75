"""`loglake expire` and `loglake erase`, as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from shared.lake.lake import open_lake
from shared.lake.lease import Lease
from tests.conftest import v1_line, v1_object

Loglake = Callable[..., Result]
PERSON = "203.0.113.7"


@pytest.fixture
def lake(loglake: Loglake, tmp_path: Path) -> Path:
    """A lake of two hours: a person in one, another in both."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for hour, lines in (
        (10, [v1_line("a", c_ip=PERSON), v1_line("b")]),
        (11, [v1_line("c", time="11:00:00"), f"bad\t{PERSON}\n"]),
    ):
        (raw / f"E1EXAMPLE00001.2026-11-01-{hour}.a1.gz").write_text(v1_object(*lines))
    loglake("run", "cloudfront", "--raw", raw, "--lake", tmp_path / "lake")
    return tmp_path / "lake"


def rows(lake: Path, loglake: Loglake) -> list[str]:
    sql = "SELECT request_id FROM cloudfront_requests ORDER BY 1"
    return [row["request_id"] for row in json.loads(loglake("query", sql, "--lake", lake, "--json").stdout)]


def listed(folder: Path, text: str) -> Path:
    path = folder / "subjects.txt"
    path.write_text(text)
    return path


def test_erase_removes_the_rows_and_names_the_raw_logs(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    subjects = listed(tmp_path, f"\ufeff# asked for on 2026-11-20\n\naddress\t{PERSON}\n")
    trial = json.loads(loglake("erase", "--lake", lake, "--subjects", subjects, "--dry-run", "--json").stdout)
    assert rows(lake, loglake) == ["a", "b", "c"]
    told = loglake("erase", "--lake", lake, "--subjects", subjects).stdout
    assert rows(lake, loglake) == ["b", "c"]
    assert PERSON not in told
    assert "E1EXAMPLE00001.2026-11-01-10.a1.gz" in told
    assert "until `loglake sweep`" in told
    assert trial["sources"] == [{"source": "cloudfront", "rows": 1, "partitions": 1, "quarantined": 0}]
    assert trial["removed"] is False


def test_former_versions_go_at_once_where_asked(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    subjects = listed(tmp_path, f"address {PERSON}\n")
    done = json.loads(loglake("erase", "--lake", lake, "--subjects", subjects, "--sweep-now", "--json").stdout)
    assert done["partitions"] == {"cloudfront_requests": ["2026-11-01T10"]}
    files = [path for path in lake.rglob("hour=10/*.parquet") if "cloudfront_requests" in str(path)]
    assert len(files) == 1
    assert len(rows(lake, loglake)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("address 203.0.113.0/24\n", "line 1: An address to be erased is none."),
        ("# nobody\n", "lists no subject"),
        ("\npassport X1\n", "line 2: A subject begins with no kind of subject."),
        ("203.0.113.0\n", "line 1: A subject begins with no kind of subject."),
        ("session\n", "line 1: A subject of kind session is empty."),
        ("viewer XYZ\n", "line 1: A viewer to be erased is no viewer_id"),
    ],
)
def test_a_list_that_is_wrong_is_refused_whole(
    loglake: Loglake, lake: Path, tmp_path: Path, text: str, message: str
) -> None:
    answer = loglake("erase", "--lake", lake, "--subjects", listed(tmp_path, text))
    assert answer.exit_code == 2
    assert message in answer.stderr
    assert "203.0.113.0" not in answer.stderr, "the list names persons, its errors do not"
    assert not (lake / "_loglake" / "erasures.json").exists()


def test_an_erasure_that_has_to_wait_is_noted(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    with Lease(open_lake(str(lake)).store, "cloudfront", "another", renew_every_s=0.05):
        answer = loglake("erase", "--lake", lake, "--subjects", listed(tmp_path, f"address {PERSON}\n"))
    assert answer.exit_code == 3
    assert "the next run of that source removes it" in answer.stderr
    assert PERSON not in answer.stderr
    loglake("run", "cloudfront", "--raw", tmp_path / "raw", "--lake", lake)
    assert rows(lake, loglake) == ["b", "c"]


def test_expire_drops_what_is_older(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    options = ("--lake", lake, "--table", "cloudfront_requests", "--keep-days", 1)
    trial = json.loads(loglake("expire", *options, "--dry-run", "--json").stdout)
    (table,) = trial["tables"]
    assert (table["table"], table["partitions"], table["rows"]) == ("cloudfront_requests", 2, 3)
    assert len(rows(lake, loglake)) == 3
    assert "2 partitions dropped." in loglake("expire", *options, "--sweep-now").stdout
    assert rows(lake, loglake) == []
    assert not list((lake / "cloudfront_requests").rglob("*.parquet"))
    assert "0 partitions dropped." in loglake("expire", *options).stdout


def test_a_run_drops_what_its_settings_say_is_too_old(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    config = tmp_path / "loglake.toml"
    config.write_text("[retention]\ncloudfront_requests = 2\nquarantine = 30000\n")
    options = ("--raw", tmp_path / "raw", "--lake", lake, "--config", config)
    refused = loglake("run", "cloudfront", *options)
    assert refused.exit_code == 2
    assert "every hour of cloudfront_requests (the last is 2026-11-01T11) would be dropped for good" in refused.stderr
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    (tmp_path / "raw" / f"E1EXAMPLE00001.{today}-00.c3.gz").write_text(v1_object(v1_line("today", date=today)))
    loglake("run", "cloudfront", "--raw", tmp_path / "raw", "--lake", lake)
    ran = loglake("run", "cloudfront", *options, "--json")
    assert json.loads(ran.stdout)["hours_expired"] == {"cloudfront_requests": 2, "quarantine": 0}
    assert rows(lake, loglake) == ["today"]
    assert json.loads(loglake("quarantine", "--lake", lake, "--json").stdout)["reasons"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Nothing says how long tables keep"),
        (("--table", "no_such", "--keep-days", 3), "There is no table 'no_such'"),
        (("--table", "quarantine"), "give both --table and --keep-days"),
    ],
)
def test_expire_that_says_too_little_is_refused(
    loglake: Loglake, lake: Path, options: tuple[object, ...], message: str
) -> None:
    answer = loglake("expire", "--lake", lake, *options)
    assert answer.exit_code == 2
    assert message in answer.stderr


def test_settings_with_a_bad_retention_are_refused(loglake: Loglake, lake: Path, tmp_path: Path) -> None:
    config = tmp_path / "loglake.toml"
    config.write_text('[retention]\ncloudfront_requests = "two"\n')
    answer = loglake("expire", "--lake", lake, "--config", config)
    assert answer.exit_code == 2
    assert "cloudfront_requests cannot be kept for 'two' days" in answer.stderr
