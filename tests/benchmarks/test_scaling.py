"""What the scaling script measures, and how it is told less."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scaling


def test_limits_and_other_sizes() -> None:
    assert scaling.chosen_sizes("memory", {}, {}) == [0.1, 0.9, 3.6, 7]
    assert scaling.chosen_sizes("memory", {"memory": "1", "ledger": "10"}, {}) == [0.1, 0.9]
    assert scaling.chosen_sizes("memory", {"memory": "2"}, {"memory": "2,4"}) == [2]


def test_tables_of_chosen_parts_with_medians(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls: list[float] = []

    def measure(size: float, folder: Path) -> dict[str, float]:
        assert not list(folder.iterdir())
        calls.append(size)
        return {"s": size * len(calls)}

    part = scaling.Part("Title", "things", (1, 2, 3), measure, "Note.")
    monkeypatch.setattr(scaling, "PARTS", {"one": part, "two": part})
    monkeypatch.setattr(scaling, "BUILD", tmp_path)
    assert scaling.main(["--parts", "one", "--limit", "one=2", "--rounds", "3"]) == 0
    assert calls == [1, 1, 1, 2, 2, 2]
    out = capsys.readouterr().out
    assert out.count("### Title") == 1
    assert "| 1 | 2 |" in out
    assert "| 2 | 10 |" in out


def test_unknown_parts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        scaling.main(["--limit", "memori=1"])
    assert "unknown parts ['memori']" in capsys.readouterr().err
