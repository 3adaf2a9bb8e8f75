"""What the damaged set should give is known line by line, apart from any reader that takes part."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.contenders.layout import COLUMNS
from benchmarks.datasets import DataSet, spec_of
from benchmarks.malformed import truth
from shared.synth import write_cloudfront
from shared.synth.cloudfront.damage import KINDS
from shared.synth.cloudfront.spec import RawFormat

V1 = {kind.name: kind for kind in KINDS[RawFormat.V1]}
VALUES = {"date": "2026-11-20", "time": "10:00:01", "bytes_sent": "12", "status": "000", "client_port": "-"}
VALUES |= {"logged_user_agent": "curl/8%20(x)", "request_id": "id-1", "path": "/a%2520b", "query": "q"}
LINE = "\t".join(VALUES.get(name, f"some {name}") for name in COLUMNS).encode()


def test_a_whole_line_is_read_as_it_stands() -> None:
    row = truth.row_of(LINE, None)
    assert (row["request_id"], row["status"], row["bytes_sent"], row["client_port"]) == ("id-1", 0, 12, None)
    assert (row["user_agent"], row["path"], row["query"]) == ("curl/8 (x)", None, None)
    assert row["event_time"].isoformat() == "2026-11-20T10:00:01+00:00"


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("bad_number", {"bytes_sent": None}),
        ("bad_utf8", {"user_agent": "curl/8 (x)\ufffd\ufffd"}),
        ("lone_quote", {"user_agent": '"curl/8 (x)'}),
        ("nul", {"query": "a\x00b"}),
        ("hash", {"path": "#/fragment"}),
        ("long", {}),
        ("short", dict.fromkeys(set(COLUMNS[17:]) & set(truth.VALUES))),
    ],
)
def test_a_damaged_line_differs_in_what_the_damage_is(kind: str, changed: dict[str, object]) -> None:
    whole = truth.row_of(LINE, None)
    assert truth.row_of(V1[kind].damage(LINE), kind) == {**whole, "kind": kind, **changed}


def test_each_kind_is_known_by_its_damage() -> None:
    whole = [b"#Version: 1.0", LINE, *[LINE] * len(V1)]
    lines = [b"#Version: 1.0", LINE, *(kind.damage(LINE) for kind in V1.values())]
    assert [kind and kind.name for _, kind in truth.kinds_of(lines, whole)] == [None, *V1]


def test_a_line_of_no_known_damage_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        list(truth.kinds_of([LINE + b"?"], [LINE]))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    spec = replace(spec_of("malformed"), rows=2_000, hours=2, malformed_share=0.3, processes=1)
    monkeypatch.setattr(truth, "spec_of", lambda _: spec)
    report = write_cloudfront(tmp_path / "raw", spec)
    return DataSet("malformed", tmp_path / "raw", report.objects, report.distinct, 0, 0)


def test_the_truth_is_as_the_generator_counts_it(data: DataSet) -> None:
    found = truth.truth_of(data)
    rows = pq.read_table(found.rows)
    assert rows.num_rows == data.rows
    lines = sum(gzip.decompress(file.read_bytes()).count(b"\n") for file in data.raw.rglob("*.gz"))
    assert lines == data.rows + sum(found.reasons.values()) + found.ignored
    by_kind = dict(duckdb.sql("SELECT kind, count(*) FROM rows GROUP BY 1").fetchall())
    assert set(by_kind) == {None, *(name for name, kind in V1.items() if kind.is_good)}
    assert set(found.reasons) == {kind.reason for kind in V1.values() if kind.reason}


def test_another_count_than_the_generators_is_an_error(data: DataSet) -> None:
    with pytest.raises(AssertionError, match="the generator has counted"):
        truth.truth_of(replace(data, rows=data.rows + 1))
