"""Raw folders and ledgers of the runs on a lake that has data."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reruns
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.sources.cloudfront import SOURCE
from shared.synth import SampleSpec, write_cloudfront


def test_objects_that_are_noted_as_taken_are_not_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reruns, "_OBJECTS_PER_FOLDER", 20)
    monkeypatch.setattr(reruns, "_LINKS_PER_FILE", 30)
    first, many, lake = (tmp_path / name for name in ("first", "many", "lake"))
    write_cloudfront(first, SampleSpec(reruns.spec_of("tiny").start, 100, hours=1, files_per_hour=1))

    def run(raw: Path) -> int:
        refinery = Refinery(SOURCE, RefineSettings(str(raw), str(lake)), InlineExecutor())
        return sum(batch.objects for batch in refinery.refine().batches)

    assert run(first) == 2
    reruns.many_objects(many, 70)
    assert reruns.note_as_taken(lake, many) == 70
    assert run(many) == 0
    assert len({path.name for path in many.rglob("*.gz")}) == 70
    (next(many.rglob("*.gz"))).unlink()
    assert run(many) == 0


def test_late_rows_are_of_the_same_hours_and_new(tmp_path: Path) -> None:
    data = reruns.DataSet("tiny", tmp_path, 24, 24_000, 0, 0)
    assert reruns.late_rows(tmp_path / "late", data) == 240
    assert reruns.next_hour(tmp_path / "hour", data) == reruns.HOURLY_ROWS
    late = {path.name.split(".")[1] for path in (tmp_path / "late").rglob("*.gz")}
    assert late == {f"2026-11-20-{hour}" for hour in range(10, 16)}
    hourly = [path.name.split(".")[1] for path in (tmp_path / "hour").rglob("*.gz")]
    assert (set(hourly), len(hourly)) == ({"2026-11-20-16"}, reruns.HOURLY_FILES)
