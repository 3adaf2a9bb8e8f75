from __future__ import annotations

import csv
from pathlib import Path

import pytest

from shared.sources.cloudfront.keys import read_key

with (Path(__file__).parents[2] / "samples" / "cloudfront" / "keys.tsv").open(newline="") as lines:
    KEYS = list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize("expected", KEYS, ids=lambda row: row["key"])
def test_layouts_of_keys(expected: dict[str, str]) -> None:
    facts = read_key(expected["key"])
    if expected["layout"] == "not a log object":
        assert not facts.is_log
        return
    hour = "-" if facts.hour is None else f"{facts.hour:02d}"
    found = (facts.layout, facts.resource_id or "-", facts.account_id or "-", facts.date or "-", hour)
    assert facts.is_log
    assert found == tuple(expected[name] for name in ("layout", "distribution_id", "account_id", "date", "hour"))


@pytest.mark.parametrize("key", ["logs/", "a/.hidden", "a/_temporary", "a/README.md", "a/part.parquet.crc"])
def test_markers_and_notes_are_no_logs(key: str) -> None:
    assert not read_key(key).is_log


@pytest.mark.parametrize("key", ["x", "any/where/x.gz", "notes/log.txt", "E1EXAMPLE00001.2026-11-01-10"])
def test_a_key_that_says_nothing_is_a_log(key: str) -> None:
    facts = read_key(key)
    assert facts.is_log
    assert facts.layout is None


def test_an_impossible_hour_is_no_hour() -> None:
    assert read_key("E1EXAMPLE00001.2026-11-01-25.0a1b2c3d.gz").starts is None
    assert read_key("p/year=2026/month=13/day=01/hour=10/x.gz").starts is None


@pytest.mark.parametrize(
    ("folder", "distribution"), [("ENGINEERING", None), ("EVERYTHING", None), ("E1EXAMPLE00001", "E1EXAMPLE00001")]
)
def test_a_word_in_capitals_is_no_distribution(folder: str, distribution: str | None) -> None:
    assert read_key(f"{folder}/cdn/x.json.gz").resource_id == distribution
