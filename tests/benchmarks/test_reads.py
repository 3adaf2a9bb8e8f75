"""What questions read."""

from __future__ import annotations

from pathlib import Path

from benchmarks.datasets import DataSet, spec_of
from benchmarks.readme import tables
from benchmarks.reads import about_requests, bring_late, look_at, markdown
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.sources.cloudfront import SOURCE
from shared.synth import SampleSpec, write_cloudfront


def test_a_question_reads_a_part_of_the_lake_and_more_of_more_files(tmp_path: Path) -> None:
    raw, lake = tmp_path / "raw", tmp_path / "lake"
    write_cloudfront(raw, SampleSpec(spec_of("tiny").start, 3_000, hours=6, distributions=1, files_per_hour=1))
    Refinery(SOURCE, RefineSettings(str(raw), str(lake)), InlineExecutor()).refine()
    questions = [question for question in about_requests() if question.name in ("error_rates", "top_urls")]
    before = look_at(lake, questions)
    data = DataSet("tiny", raw, 6, 3_000, 0, 0)
    bring_late(raw, lake, data, batches=2, rows=60, folder=tmp_path / "late")
    after = look_at(lake, questions)
    assert after.files > before.files
    for name in ("error_rates", "top_urls"):
        assert 0 < before.answers[name].read_bytes < before.size_bytes
        assert before.answers[name].read_bytes < after.answers[name].read_bytes
    whole, each = tables(markdown(data, 2, [before, after, before]))
    assert [row[""] for row in whole] == ["files", "MB", "MB read, all questions", "ms, all questions"]
    assert {row["question"] for row in each} == {"error_rates", "top_urls"}


def test_questions_about_runs_are_left_out() -> None:
    names = {question.name for question in about_requests()}
    assert {"traffic_by_hour", "top_urls", "bots"} <= names
    assert not names & {"runs", "quarantined", "ingestion_quality"}
