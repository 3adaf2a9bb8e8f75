from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import StorageError
from shared.lake.catalog import PartitionVersion
from shared.lake.catalog_local import LocalCatalog
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition

TABLE = Table("visits", "Visits.", (Column("event_time", ColumnType.TIMESTAMP, "When."),), "event_time")


def version(hour: int, run: str = "r1", rows: int = 1) -> PartitionVersion:
    partition = Partition.of_hour(hour)
    return PartitionVersion(partition, f"visits/run={run}/{partition.folder}", run, rows, 1, 100, -5, 7, "d1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lake" / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> LocalCatalog:
    made = LocalCatalog(path)
    made.ensure_table(TABLE)
    return made


def test_a_catalog_that_is_not_there_is_empty_and_reading_does_not_make_it(path: Path) -> None:
    catalog = LocalCatalog(path)
    assert catalog.partitions("visits") == {}
    assert not catalog.has_table("visits")
    assert not path.exists()


def test_versions_come_back_as_they_were(catalog: LocalCatalog) -> None:
    versions = [version(9), version(-3), replace(version(2), min_event_ms=None, max_event_ms=None)]
    catalog.swap("visits", iter(versions))
    found = catalog.partitions("visits")
    assert list(found.values()) == [versions[1], versions[2], versions[0]]
    assert list(found) == sorted(found)
    wanted = [Partition.of_hour(9), Partition.of_hour(4)]
    assert catalog.partitions("visits", wanted) == {wanted[0]: versions[0]}
    assert catalog.partitions("visits", []) == {}
    assert catalog.partitions("other") == {}


def test_a_swap_replaces_and_can_be_repeated(catalog: LocalCatalog) -> None:
    catalog.swap("visits", [version(1), version(2)])
    for _ in range(2):
        catalog.swap("visits", [version(2, "r2"), version(3, "r2")])
    assert [(str(p), v.run_id) for p, v in catalog.partitions("visits").items()] == [
        ("1970-01-01T01", "r1"),
        ("1970-01-01T02", "r2"),
        ("1970-01-01T03", "r2"),
    ]


def test_drop(catalog: LocalCatalog) -> None:
    catalog.swap("visits", [version(1), version(2)])
    for _ in range(2):
        catalog.swap("visits", (), iter([Partition.of_hour(1)]))
    assert list(catalog.partitions("visits")) == [Partition.of_hour(2)]


def test_columns_are_only_ever_added(catalog: LocalCatalog, path: Path) -> None:
    def columns() -> list[str]:
        with sqlite3.connect(path) as db:
            (text,) = db.execute(
                "SELECT json_group_array(json_extract(value, '$.Name')) FROM tables, json_each(columns)"
            ).fetchone()
        db.close()
        return sorted(text.strip("[]").replace('"', "").split(","))

    catalog.ensure_table(replace(TABLE, columns=(*TABLE.columns, Column("site", ColumnType.STRING, "Where."))))
    assert columns() == ["event_time", "site"]
    catalog.ensure_table(TABLE)
    assert columns() == ["event_time", "site"]
    assert catalog.has_table("visits")


def test_a_table_that_is_as_declared_costs_no_write(catalog: LocalCatalog, path: Path) -> None:
    before = path.stat().st_mtime_ns
    catalog.ensure_table(TABLE)
    assert path.stat().st_mtime_ns == before
    catalog.ensure_table(replace(TABLE, description="Visits of example.com."))
    assert path.stat().st_mtime_ns > before


def test_a_swap_is_one_transaction(catalog: LocalCatalog, path: Path) -> None:
    catalog.swap("visits", [version(1), version(2)])
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TRIGGER full AFTER INSERT ON partitions WHEN NEW.partition = '1970-01-01T02' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    db.close()
    with pytest.raises(StorageError, match=r"cannot be written: disk full"):
        catalog.swap("visits", [version(1, "r2"), version(2, "r2")])
    assert {v.run_id for v in catalog.partitions("visits").values()} == {"r1"}


# Both partitions of a writer always change together.
WRITER = """
import sys
from pathlib import Path
from shared.lake.catalog import PartitionVersion
from shared.lake.catalog_local import LocalCatalog
from shared.lake.tables import QUARANTINE
from shared.tables.partitions import Partition

catalog, start = LocalCatalog(Path(sys.argv[1])), int(sys.argv[2])
for number in range(20):
    catalog.ensure_table(QUARANTINE)
    partitions = [Partition.of_hour(start), Partition.of_hour(start + 1)]
    catalog.swap("visits", [PartitionVersion(p, "x", f"r{number}", 1, 1, 1, None, None, "") for p in partitions])
"""


def test_two_processes_write_while_a_third_reads(path: Path, pytestconfig: pytest.Config) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), start], cwd=pytestconfig.rootpath)
        for start in ("0", "10")
    ]
    reader = LocalCatalog(path)
    reads = 0
    while any(writer.poll() is None for writer in writers):
        found = reader.partitions("visits")
        for start in (0, 10):
            pair = [found[p].run_id for p in map(Partition.of_hour, (start, start + 1)) if p in found]
            assert len(set(pair)) <= 1
            assert len(pair) in (0, 2)
        reads += 1
    assert [writer.returncode for writer in writers] == [0, 0]
    assert reads
    assert [v.run_id for v in reader.partitions("visits").values()] == ["r19"] * 4


def test_a_file_that_another_process_is_just_making_reads_as_empty(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert LocalCatalog(path).partitions("visits") == {}


def test_a_swap_that_died_half_made_is_rolled_back_by_the_next_reader(catalog: LocalCatalog, path: Path) -> None:
    catalog.swap("visits", [version(1)])
    journal = path.with_name(path.name + "-journal")
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT OR REPLACE INTO partitions VALUES ('visits', ?, 'x', '{}')",
            [(str(Partition.of_hour(hour)),) for hour in range(3000)],
        )
        # What a crash leaves: changed pages in the file, the old ones in the journal.
        left = path.read_bytes(), journal.read_bytes()
        db.execute("ROLLBACK")
    db.close()
    path.write_bytes(left[0])
    journal.write_bytes(left[1])
    assert list(LocalCatalog(path).partitions("visits").values()) == [version(1)]


def test_a_file_that_is_no_catalog_is_an_error_with_a_remedy(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database file, and long enough to be sure of that" * 20)
    catalog = LocalCatalog(path)
    with pytest.raises(StorageError, match=r"catalog\.sqlite cannot be read: file is not a database") as read:
        catalog.partitions("visits")
    assert "loglake catalog rebuild" in read.value.remedy
    with pytest.raises(StorageError, match=r"catalog\.sqlite cannot be written"):
        catalog.swap("visits", [version(1)])


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        LocalCatalog(tmp_path / "file" / "catalog.sqlite").ensure_table(TABLE)


def test_facts_that_a_partition_made_by_hand_lacks_are_unknown() -> None:
    made = PartitionVersion.from_parameters(Partition.of_hour(0), "visits/x", {})
    assert (made.rows, made.run_id, made.min_event_ms, made.source_digest) == (0, "", None, "")
