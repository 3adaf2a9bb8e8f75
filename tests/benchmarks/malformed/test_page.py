"""The table of malformed lines, and when loglake was not exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.contenders.catalogue import CONTENDERS
from benchmarks.contenders.entry import ON_DIRTY
from benchmarks.datasets import DataSet
from benchmarks.malformed.compare import UNDAMAGED, Outcome
from benchmarks.malformed.page import Tried, error_in, faults_of, markdown
from benchmarks.malformed.truth import Truth
from benchmarks.readme import tables

DATA = DataSet("malformed", Path("raw"), 12, 100, 0, 0)
TRUTH = Truth(Path("truth"), {"bad_timestamp": 3, "too_few_fields": 2}, 7)
TOLD = {"rows": 100, "reasons": TRUTH.reasons, "ignored": 7, "records": 112, "duplicates": 0}


def test_exact_is_without_fault() -> None:
    assert not faults_of(Outcome(100), TOLD, DATA, TRUTH)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome(100), {"rows": 99}),
        (Outcome(100), {"reasons": {"bad_timestamp": 5}}),
        (Outcome(100), {"ignored": 8}),
        (Outcome(100), {"records": 111}),
        (Outcome(100), {"duplicates": 1}),
        (Outcome(99, lost={UNDAMAGED: 1}), {}),
        (Outcome(100, other={"nul": 1}), {}),
        (Outcome(101, bad=1), {}),
    ],
)
def test_whatever_is_not_exact_is_one_fault(outcome: Outcome, told: dict[str, object]) -> None:
    assert len(faults_of(outcome, TOLD | told, DATA, TRUTH)) == 1


def test_the_table_tells_lost_rows_from_bad_ones() -> None:
    peer = Outcome(101, {UNDAMAGED: 1, "short": 2}, {"nul": 4}, 5, 3)
    tried = [
        Tried("loglake", [2.0, 4.0, 3.0], [5.0, 6.0, 7.0], None, Outcome(100), {"bad_timestamp": 3}),
        Tried("polars", [1.0], [1.0], None, peer, None),
        Tried("arrow_limit", [1.0], [1.0], "ArrowInvalid: no", None, None),
        Tried("gunzip", [1.0], [1.0], None, None, None),
    ]
    text = markdown(DATA, TRUTH, tried, {"cores": 2})
    assert "105 records in 12 gzip files, 5 of which no reader can use" in text
    ours, theirs, failed, limit = (list(row.values()) for row in tables(text)[0])
    assert ours == ["loglake", "yes", "3.0 (2.0 4.0 3.0)", "6.0", "0", "0", "0", "0", "3 (bad_timestamp 3)"]
    assert theirs[4:] == ["1", "2 (short 2)", "5, of them 3 in no hour", "4 (nul 4)", "nothing"]
    assert failed[1] == "failed: `ArrowInvalid: no`"
    assert failed[4:] == limit[4:] == [""] * 5
    assert "- `polars`: `ignore_errors`" in text
    assert "- `gunzip`" not in text


def test_the_error_is_the_exceptions_own_line() -> None:
    assert error_in("Traceback:\n  File x\nValueError: bad | line\nNote\n") == "ValueError: bad / line"
    assert error_in("started\nkilled\n\n") == "killed"
    assert error_in("") == "no word"
    assert len(error_in("E" * 1000)) < 130


def test_peers_are_told_to_go_on_and_others_are_not() -> None:
    for name, contender in CONTENDERS.items():
        is_told = ON_DIRTY in contender.command_on_dirty(Path("raw"), Path("out"))
        assert is_told == (name not in ("loglake", "loglake_on_spark", "gunzip"))
