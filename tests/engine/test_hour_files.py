from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.engine import hour_files
from shared.engine.hour_files import HourFiles, hours_of
from shared.storage import open_store
from shared.tables import Column, ColumnType, Table

TABLE = Table(
    "events",
    "Events of a test.",
    (
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("name", ColumnType.STRING, "What.", few_values=True),
    ),
    partition_time="event_time",
)
HOUR_MS = 3_600_000


def rows(*hours: int) -> pa.Table:
    times = pa.array([hour * HOUR_MS + 1 for hour in hours], pa.timestamp("ms", tz="UTC"))
    names = pa.array([f"hour {hour}" for hour in hours]).dictionary_encode()
    return pa.table({"event_time": times, "name": names}, schema=TABLE.arrow_schema)


def read(folder: Path, files: HourFiles) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for staged in files.staged:
        names = pq.ParquetFile(folder / staged.key).read()["name"].to_pylist()
        assert len(names) == staged.rows
        found.setdefault(str(staged.partition), []).extend(names)
    return found


def test_rows_go_to_the_file_of_their_hour_one_file_an_hour(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    with HourFiles(store, TABLE, "r1", 7) as files:
        files.add(rows(500_000, 500_001, 500_000))
        files.add(rows(500_001))
        files.add(rows())
    assert hours_of(rows(500_000, 500_001, 500_000), TABLE) == {500_000, 500_001}
    assert hours_of(rows(), TABLE) == set()
    assert read(tmp_path, files) == {"2027-01-15T08": ["hour 500000"] * 2, "2027-01-15T09": ["hour 500001"] * 2}
    assert len(files.staged) == 2


def test_memory_and_open_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wild timestamps: more hours than files may be open, more rows than may be held."""
    monkeypatch.setattr(hour_files, "MAX_PENDING_BYTES", 200)
    monkeypatch.setattr(hour_files, "_MAX_OPEN_FILES", 3)
    with HourFiles(open_store(str(tmp_path)), TABLE, "r1", 0) as files:
        for _ in range(3):
            files.add(rows(*range(500_000, 500_012)))
            assert len(files._open) <= 3
            assert sum(files._bytes.values()) <= 200
    assert read(tmp_path, files) == {
        partition: [f"hour {hour}"] * 3
        for hour, partition in ((h, str(hour_files.Partition.of_hour(h))) for h in range(500_000, 500_012))
    }


def test_a_task_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hour_files, "MAX_PENDING_BYTES", 1)

    def fail() -> None:
        with HourFiles(open_store(str(tmp_path)), TABLE, "r1", 0) as files:
            files.add(rows(500_000))
            raise ValueError("a fault of the task")

    with pytest.raises(ValueError, match="a fault of the task"):
        fail()
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_few_late_rows_do_not_take_all_values_along(tmp_path: Path) -> None:
    with HourFiles(open_store(str(tmp_path)), TABLE, "r1", 0) as files:
        files.add(rows(*[500_001] * 20, 500_000))
        many = pa.array([f"value {n}" for n in range(50)]).dictionary_encode().take(pa.array([7, 7, 49]))
        times = pa.array([500_000 * HOUR_MS, 500_000 * HOUR_MS, 500_001 * HOUR_MS], pa.timestamp("ms", tz="UTC"))
        files.add(pa.table({"event_time": times, "name": many}, schema=TABLE.arrow_schema))
    early = next(file for file in files.staged if str(file.partition) == "2027-01-15T08")
    written = pq.ParquetFile(tmp_path / early.key, read_dictionary=["name"]).read()["name"]
    assert written.to_pylist() == ["hour 500000", "value 7", "value 7"]
    assert written.combine_chunks().dictionary.to_pylist() == ["hour 500000", "value 7"]


def test_only_the_chunks_that_need_it_get_a_dictionary_of_their_own() -> None:
    """Nulls stay null, and a chunk whose values all occur keeps the dictionary that it has."""
    full = pa.array(["a", "b", "a", None]).dictionary_encode()
    sparse = pa.DictionaryArray.from_arrays(pa.array([3, None], pa.int32()), pa.array(["w", "x", "y", "z"]))
    column = hour_files._compact(pa.table({"name": pa.chunked_array([full, sparse])}))["name"]
    assert [chunk.dictionary.to_pylist() for chunk in column.chunks] == [["a", "b"], ["z"]]
    assert column.to_pylist() == ["a", "b", "a", None, "z", None]
