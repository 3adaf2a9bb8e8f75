"""The synthetic partition is one that the lake's own check works on; `grow` asserts the counts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale import duplicates


def test_ids_are_distinct_and_equal_for_equal_seeds() -> None:
    made = duplicates.ids(1_000, 7).to_pylist()
    assert len(set(made)) == 1_000
    assert {len(each) for each in made} == {56}
    assert duplicates.ids(1_000, 7).to_pylist() == made
    assert not set(duplicates.ids(1_000, 8).to_pylist()) & set(made)


def test_a_partition_grows_over_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "ROWS_PER_FILE", 2_000)
    assert [step.name for step in duplicates.grow(5_000, tmp_path)] == ["all at once", "late"]


def test_a_wrong_count_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "ids", lambda count, _seed: duplicates.pa.array(["same"] * count))
    with pytest.raises(AssertionError):
        duplicates.grow(1_000, tmp_path)
