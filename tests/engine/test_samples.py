"""All wire-format samples as one raw prefix: mixed formats, broken objects, and everything accounted for."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from typing import Any

import pytest

from shared.engine.reprocess import Selection, select_objects
from tests.conftest import SAMPLES, Workshop, v1_line, v1_object

EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "cloudfront" / "expected.json").read_text())["files"]
STANDARD = {
    # The engine takes records out of their wrappings, which the parser alone does not.
    name: facts | {"rows_good": facts["rows_if_unwrapped"], "rows_bad": 0, "bad_reasons": {}}
    if "rows_if_unwrapped" in facts
    else facts
    for name, facts in EXPECTED.items()
    if not name.startswith("rt/")
}
# Told apart from the rest only by settings, or meant to be read with others: see their own tests.
TOGETHER = {name for name in STANDARD if not name.startswith(("overlap/", "v1/metrics_oracle"))}


@pytest.fixture
def samples(workshop: Workshop) -> Workshop:
    for name in TOGETHER:
        target = workshop.raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / "cloudfront" / name, target)
    return workshop


def test_each_sample_ends_as_its_expectation_says(samples: Workshop) -> None:
    """One object a run, so that no other sample's copies hide rows."""
    for name, facts in STANDARD.items():
        alone = samples.another(f"alone-{abs(hash(name))}")
        alone.raw = alone.folder / "raw"
        target = alone.raw / name
        target.parent.mkdir(parents=True)
        shutil.copy(SAMPLES / "cloudfront" / name, target)
        (batch,) = alone.run().batches
        good = batch.rows + batch.duplicates
        reasons = Counter(facts.get("bad_reasons", {}))
        if "object_error" in facts:
            reasons[facts["object_error"]] += 1
        assert (name, good, batch.reasons) == (name, facts["rows_good"], reasons)
        assert (name, batch.rows) == (name, facts.get("rows_after_dedup", good - facts.get("duplicate_rows_inside", 0)))
        assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored


def test_a_mixed_prefix_is_read_whole_and_a_second_run_changes_nothing(samples: Workshop) -> None:
    report = samples.run()
    good = sum(STANDARD[name]["rows_good"] for name in TOGETHER)
    bad = sum(STANDARD[name]["rows_bad"] + ("object_error" in STANDARD[name]) for name in TOGETHER)
    assert report.total("objects") == len(TOGETHER)
    assert report.total("rows") + report.total("duplicates") == good
    assert report.total("quarantined") == bad == len(samples.rows("quarantine"))
    before = samples.rows()
    assert len(before) == report.total("rows")
    assert samples.run().batches == []
    assert samples.rows() == before


def test_overlapping_v1_and_v2_logs_are_one_row_each_and_v2_stays(workshop: Workshop) -> None:
    for side in ("v1_side.log", "v2_side.jsonl"):
        (workshop.raw / side).write_bytes((SAMPLES / "cloudfront" / "overlap" / side).read_bytes())
    workshop = Workshop(workshop.folder, workshop.raw)
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.duplicates, batch.overlap, batch.conflicting) == (3, 3, 3, 0)
    assert {row["source_format"] for row in workshop.rows()} == {"v2_json"}


def test_late_objects_repeat_and_add(workshop: Workshop) -> None:
    first, late = "E1EXAMPLE00001.2026-11-01-10.5e6f7a8.gz", "E1EXAMPLE00001.2026-11-02-03.9b8c7d6e.gz"
    shutil.copy(SAMPLES / "cloudfront" / "v1" / first, workshop.raw)
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.duplicates) == (5, 1)
    shutil.copy(SAMPLES / "cloudfront" / "v1" / late, workshop.raw)
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.duplicates) == (1, 2)
    assert len(workshop.rows()) == 6


def test_a_damaged_object_is_salvaged_only_when_the_user_says_so(workshop: Workshop) -> None:
    shutil.copy(SAMPLES / "cloudfront" / "v1" / "truncated.gz", workshop.raw)
    workshop.run()
    assert workshop.rows() == []
    refinery = workshop.refinery()
    chosen = select_objects(refinery.settings, refinery.source, Selection(reason="truncated_gzip", salvage=True))
    refinery.retake(chosen.objects)
    salvaged = workshop.rows()
    assert salvaged
    assert [row["reason"] for row in workshop.rows("quarantine")].count("truncated_gzip") == 1
    chosen = select_objects(refinery.settings, refinery.source, Selection(patterns=("*truncated.gz",)))
    refinery.retake(chosen.objects)
    assert workshop.rows() == salvaged, "the decision to salvage holds for this version of the object"


def test_what_follows_a_damaged_member_is_not_read_by_a_header_that_may_be_lost(workshop: Workshop) -> None:
    first = "#Fields: date time sc-status cs-uri-stem\n2026-11-01\t10:00:00\t200\t/a\n"
    lost = "#Fields: date time cs-uri-stem sc-status\n" + "2026-11-01\t10:00:00\t/b\t404\n" * 50
    damaged = bytearray(gzip.compress(lost.encode(), mtime=0))
    damaged[len(damaged) // 2] ^= 0xFF
    members = (
        gzip.compress(first.encode(), mtime=0),
        bytes(damaged),
        gzip.compress(b"2026-11-01\t10:00:00\t/c\t500\n" * 3),
    )
    workshop.put("logs/a.gz", b"".join(members))
    (batch,) = workshop.run().batches
    assert [(row["status"], row["path"]) for row in workshop.rows()] == [(200, "/a")]
    assert batch.reasons == Counter({"corrupt_gzip": 1, "cut_line": 1, "too_few_fields": 2})
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored


def test_a_line_of_ten_megabytes_is_one_bad_record(workshop: Workshop) -> None:
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a"), "x" * 10_000_000 + "\n", v1_line("b")))
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.reasons) == (2, Counter({"line_too_long": 1}))
    (entry,) = workshop.rows("quarantine")
    assert entry["source_line"] == 4
    assert len(entry["raw_text"]) <= 8192
