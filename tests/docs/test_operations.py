"""docs/operations.md tells the truth where a machine can check it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.engine.backfill import parse_backfill
from shared.engine.config import refine_settings
from shared.lake.subjects import subject

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def block(containing: str) -> str:
    (found,) = [text for text in re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL) if containing in text]
    return found


def test_the_retention_example_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "loglake.toml").write_text(block("[retention]"))
    settings = refine_settings({"raw_uri": "", "lake_uri": "lake", "config": str(tmp_path / "loglake.toml")})
    assert settings.retention_days == {"cloudfront_requests": 400, "quarantine": 30}


def test_the_backfill_example_is_accepted() -> None:
    backfill = parse_backfill(block("no country:"), "backfills/2026-11-no-country.toml")
    assert (backfill.source, backfill.status) == ("cloudfront", "planned")


@pytest.mark.parametrize("line", block("viewer 82").split("\n")[:3])
def test_the_subjects_are_ones(line: str) -> None:
    kind, _, who = line.partition(" ")
    assert subject(kind, who, b"a key for tests only").mark
