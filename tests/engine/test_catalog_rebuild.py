"""Each way in which a local catalog can differ from its lake: named, mended, and nothing else is touched."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.engine.catalog_rebuild import Rebuilt, rebuild
from shared.errors import DamageError, LeaseHeldError, StorageError, UsageError
from shared.lake.catalog import PartitionVersion
from shared.lake.check_catalog import compare
from shared.lake.difference import Kind
from shared.lake.lake import open_lake
from shared.lake.layout import new_run_id, partition_location
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.lake.rebuild import list_versions
from shared.lake.tables import LAKE_TABLES, QUARANTINE
from shared.lake.withheld import floor_of, raise_floor
from shared.sources.cloudfront import SOURCE
from shared.storage.local import LocalStore
from shared.tables.partitions import Partition
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import KEY, CrashError, crash_before
from tests.engine.test_doctor import doctor, files, state_of

TABLE = SOURCE.tables[0].name
TABLES = (SOURCE.tables[0], *LAKE_TABLES)
TEN, ELEVEN, TWELVE = (Partition.parse(f"2026-11-01T{hour}") for hour in (10, 11, 12))

Catalogs = dict[str, dict[Partition, PartitionVersion]]


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    """Three runs, of which the second replaced the version of an hour and the third emptied another one."""
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a"), v1_line("b", time="11:00:00"), "not a line\n"))
    workshop.put(KEY.format(hour=12, uid="c3"), v1_object(v1_line("d", time="12:00:00")))
    workshop.run()
    workshop.put(KEY.format(hour=10, uid="b2"), v1_object(v1_line("c")))
    workshop.run()
    workshop.put(KEY.format(hour=12, uid="c3"), v1_object(v1_line("e", time="11:30:00")), modified_s=1_793_540_000)
    workshop.run()
    assert list(workshop.lake.catalog.partitions(TABLE)) == [TEN, ELEVEN]
    return workshop


def named(workshop: Workshop) -> list[Kind]:
    return [difference.kind for difference in compare(workshop.lake, [SOURCE]).differences]


def made_anew(workshop: Workshop) -> Rebuilt:
    return rebuild(workshop.lake, [SOURCE])


def catalogs(workshop: Workshop) -> Catalogs:
    return {table.name: workshop.lake.catalog.partitions(table.name) for table in TABLES}


def path_of(workshop: Workshop) -> Path:
    return workshop.folder / "lake/catalog.sqlite"


def execute(workshop: Workshop, sql: str, *parameters: str) -> None:
    with closing(sqlite3.connect(path_of(workshop))) as db, db:
        db.execute(sql, parameters)


def change_columns(workshop: Workshop, change: Callable[[list[dict[str, str]]], object]) -> None:
    columns = workshop.lake.catalog.table_entry(TABLE)
    assert columns is not None
    rows = [{"Name": name, "Type": kind, "Comment": comment} for name, (kind, comment) in columns.columns.items()]
    change(rows)
    execute(workshop, "UPDATE tables SET columns = ? WHERE name = ?", json.dumps(rows), TABLE)


def change_facts(workshop: Workshop, name: str, value: str) -> None:
    sql = f"UPDATE partitions SET parameters = json_set(parameters, '$.\"loglake.{name}\"', ?) WHERE table_name = ?"
    execute(workshop, sql, value, TABLE)


def register(workshop: Workshop, partition: Partition, location: str) -> None:
    version = PartitionVersion(partition, location, "", 1, 1, 100, None, None, "")
    workshop.lake.catalog.swap(TABLE, [version])


def point_at_the_replaced_version(workshop: Workshop) -> None:
    current = workshop.lake.catalog.partitions(TABLE)[TEN]
    (older,) = set(list_versions(workshop.lake.store, SOURCE.tables[0])[TEN]) - {current.run_id}
    register(workshop, TEN, partition_location(TABLE, older, TEN))


def point_at_a_version_of_no_run(workshop: Workshop) -> None:
    """A run that died before its note left a folder, and somebody registered it."""
    current = workshop.lake.catalog.partitions(TABLE)[TEN]
    location = partition_location(TABLE, "20991231T000000000Z-00000000", TEN)
    shutil.copytree(workshop.folder / "lake" / current.location, workshop.folder / "lake" / location)
    register(workshop, TEN, location)


def register_an_emptied_hour(workshop: Workshop) -> None:
    (*_, first) = sorted(list_versions(workshop.lake.store, SOURCE.tables[0])[TWELVE], reverse=True)
    register(workshop, TWELVE, partition_location(TABLE, first, TWELVE))


MADE = [Kind.TABLE_MISSING, Kind.PARTITION_MISSING]  # for each of the lake's tables: it and its one hour
ALL = [*MADE * 3, Kind.TABLE_MISSING, Kind.PARTITION_MISSING, Kind.PARTITION_MISSING]

HARM: dict[str, tuple[Callable[[Workshop], object], list[Kind]]] = {
    "file lost": (lambda w: path_of(w).unlink(), [Kind.DATABASE_MISSING, *ALL]),
    "file emptied": (lambda w: path_of(w).write_bytes(b""), ALL),
    "file garbled": (lambda w: path_of(w).write_bytes(b"no database at all" * 99), [Kind.CATALOG_UNUSABLE, *ALL]),
    "another program's": (lambda w: execute(w, "CREATE TABLE songs (title)"), [Kind.CATALOG_UNUSABLE, *ALL]),
    "of another shape": (
        lambda w: execute(w, "ALTER TABLE partitions RENAME COLUMN location TO place"),
        [Kind.CATALOG_UNUSABLE, *ALL],
    ),
    "nonsense in it": (
        lambda w: execute(w, "UPDATE partitions SET parameters = 'x'"),
        [Kind.CATALOG_UNUSABLE, *ALL],
    ),
    "table lost": (
        lambda w: execute(w, "DELETE FROM tables WHERE name = ?", TABLE),
        [Kind.TABLE_MISSING, Kind.PARTITION_MISSING, Kind.PARTITION_MISSING],
    ),
    "column lost": (lambda w: change_columns(w, lambda rows: rows.pop(3)), [Kind.COLUMN_MISSING]),
    "column of another type": (
        lambda w: change_columns(w, lambda rows: rows[3].update(Type="int")),
        [Kind.COLUMN_TYPE],
    ),
    "column described otherwise": (
        lambda w: change_columns(w, lambda rows: rows[3].update(Comment="?")),
        [Kind.COLUMN_COMMENT],
    ),
    "partition lost": (lambda w: w.lake.catalog.swap(TABLE, [], [TEN]), [Kind.PARTITION_MISSING]),
    "an older version": (point_at_the_replaced_version, [Kind.PARTITION_ELSEWHERE]),
    "a version of no run": (point_at_a_version_of_no_run, [Kind.PARTITION_ELSEWHERE]),
    "a folder that is not there": (lambda w: register(w, TEN, "nowhere"), [Kind.PARTITION_ELSEWHERE]),
    "an hour that never was": (
        lambda w: register(w, Partition.of_hour(0), "nowhere"),
        [Kind.PARTITION_SUPERFLUOUS],
    ),
    "an hour that was emptied": (register_an_emptied_hour, [Kind.PARTITION_SUPERFLUOUS]),
    "other rows": (lambda w: change_facts(w, "rows", "7"), [Kind.PARTITION_FACTS] * 2),
    "other digest": (lambda w: change_facts(w, "source_digest", "0"), [Kind.PARTITION_FACTS] * 2),
    "other times": (lambda w: change_facts(w, "max_event_ms", "0"), [Kind.PARTITION_FACTS] * 2),
}


def test_of_a_good_catalog_nothing_is_said_and_nothing_is_changed(filled: Workshop) -> None:
    before, content = catalogs(filled), path_of(filled).read_bytes()
    assert named(filled) == []
    made = made_anew(filled)
    assert (made.done, made.left, made.put_aside) == ([], [], None)
    assert path_of(filled).read_bytes() == content
    assert catalogs(filled) == before


@pytest.mark.parametrize("harm", HARM)
def test_a_difference_is_named_and_mended_and_no_file_is_touched(filled: Workshop, harm: str) -> None:
    before = catalogs(filled)
    do, kinds = HARM[harm]
    do(filled)
    harmed, folder = state_of(filled.folder), state_of(filled.folder / "lake" / TABLE)
    assert named(filled) == kinds
    assert state_of(filled.folder) == harmed, "looking changes nothing"
    made = made_anew(filled)
    once_put_aside = [Kind.DATABASE_MISSING if kind is Kind.CATALOG_UNUSABLE else kind for kind in kinds]
    assert [difference.kind for difference in made.done] == once_put_aside
    assert made.left == []
    assert catalogs(filled) == before
    assert named(filled) == []
    assert made_anew(filled).done == []
    assert state_of(filled.folder / "lake" / TABLE) == folder


@pytest.mark.parametrize("harm", ["file garbled", "another program's"])
def test_a_file_that_is_no_catalog_is_put_aside_and_kept(filled: Workshop, harm: str) -> None:
    HARM[harm][0](filled)
    content = path_of(filled).read_bytes()
    aside = made_anew(filled).put_aside
    assert aside is not None
    assert Path(aside).name.startswith("catalog.sqlite.unusable-")
    assert Path(aside).read_bytes() == content


def test_a_catalog_that_cannot_be_looked_at_is_not_taken_for_a_damaged_one(filled: Workshop) -> None:
    path_of(filled).rename(path_of(filled).with_name("kept"))
    path_of(filled).mkdir()
    with pytest.raises(StorageError, match="unable to open database file"):
        made_anew(filled)
    assert path_of(filled).is_dir()


def test_a_column_that_somebody_added_is_told_and_stays(filled: Workshop) -> None:
    change_columns(filled, lambda rows: rows.append({"Name": "theirs", "Type": "string", "Comment": ""}))
    found = compare(filled.lake, [SOURCE])
    assert [difference.kind for difference in found.differences] == [Kind.COLUMN_UNKNOWN]
    assert found.is_equal
    assert made_anew(filled).done == []
    assert named(filled) == [Kind.COLUMN_UNKNOWN]


def test_an_expired_hour_is_superfluous_once_the_expiry_is_done(filled: Workshop) -> None:
    version = filled.lake.catalog.partitions(TABLE)[TEN]
    raise_floor(filled.lake.store, TABLE, ELEVEN)
    assert named(filled) == [], "the next run completes the expiry, and accounts for its rows"
    filled.refinery().withdraw()
    floor = floor_of(filled.lake.store, TABLE)
    assert floor is not None
    assert floor.is_done
    assert named(filled) == []
    filled.lake.catalog.swap(TABLE, [version])
    assert named(filled) == [Kind.PARTITION_SUPERFLUOUS]
    path_of(filled).unlink()
    made_anew(filled)
    assert list(filled.lake.catalog.partitions(TABLE)) == [ELEVEN]


def test_an_expiry_that_died_before_its_report_stays_an_expiry(filled: Workshop) -> None:
    """Its files are still there, and no line says that they went: only the floor does."""
    raise_floor(filled.lake.store, TABLE, ELEVEN)
    refinery = filled.refinery()
    refinery.before_step = crash_before("report_expired")
    with pytest.raises(CrashError):
        refinery.withdraw()
    filled.refinery().withdraw()
    before = catalogs(filled)
    path_of(filled).unlink()
    made_anew(filled)
    assert catalogs(filled) == before


def test_a_run_that_is_taken_for_dead_does_not_take_effect_behind_a_rebuild(filled: Workshop) -> None:
    filled.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("f")))
    with pytest.raises(CrashError):
        filled.run(crash_before("commit"))
    path_of(filled).unlink()
    standing_still = Ledger.load(filled.lake.store, SOURCE.name)
    made_anew(filled)
    with pytest.raises(LeaseHeldError, match="taken for dead"):
        standing_still.commit(standing_still.runs[-1])


def test_a_version_of_a_run_that_died_before_its_commit_is_left_to_the_next_run(filled: Workshop) -> None:
    filled.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("f")))
    with pytest.raises(CrashError):
        filled.run(crash_before("commit"))
    before = catalogs(filled)
    assert named(filled) == [Kind.PARTITION_UNCOMMITTED]
    made = made_anew(filled)
    assert (made.done, [d.kind for d in made.left]) == ([], [Kind.PARTITION_UNCOMMITTED])
    assert "loglake run" in made.left[0].remedy
    assert catalogs(filled) == before
    filled.run()
    assert named(filled) == []


def test_with_the_catalog_lost_such_a_run_never_was_and_the_next_takes_its_objects_in(filled: Workshop) -> None:
    before = catalogs(filled)
    filled.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("f")))
    with pytest.raises(CrashError):
        filled.run(crash_before("commit"))
    path_of(filled).unlink()
    made_anew(filled)
    assert catalogs(filled)[TABLE] == before[TABLE]
    filled.run()
    clean = filled.another("clean")
    clean.run()
    assert filled.rows() == clean.rows()
    assert named(filled) == []


def test_a_run_that_died_before_its_lines_is_told_from_its_files(filled: Workshop) -> None:
    filled.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("f")))
    with pytest.raises(CrashError):
        filled.run(crash_before("report"))
    before = catalogs(filled)
    path_of(filled).unlink()
    assert made_anew(filled).left == []
    assert catalogs(filled) == before


@pytest.mark.parametrize("is_lost", [False, True], ids=["catalog there", "catalog lost"])
def test_an_hour_whose_files_are_not_whole_is_named_and_left_to_the_doctor(filled: Workshop, is_lost: bool) -> None:
    files(filled, 10)[0].unlink()
    if is_lost:
        path_of(filled).unlink()
    made = made_anew(filled)
    (left,) = made.left
    assert left.partition == TEN
    assert left.kind is (Kind.PARTITION_MISSING if is_lost else Kind.PARTITION_DOUBTFUL)
    assert "loglake doctor --repair" in left.remedy
    assert doctor(filled).repair().after.findings == []
    assert named(filled) == []
    clean = filled.another("clean")
    clean.run()
    assert filled.rows() == clean.rows()


def test_an_older_version_never_stands_in_for_one_whose_files_are_gone(filled: Workshop) -> None:
    shutil.rmtree(files(filled, 10)[0].parent)
    path_of(filled).unlink()
    made = made_anew(filled)
    assert [(d.kind, d.partition) for d in made.left] == [(Kind.PARTITION_MISSING, TEN)]
    assert list(filled.lake.catalog.partitions(TABLE)) == [ELEVEN]


def test_what_the_doctor_mended_is_told_like_what_runs_left(filled: Workshop) -> None:
    files(filled, 10)[0].with_name("notes.txt").write_text("a foreign file")
    assert doctor(filled).repair().after.findings == []
    before = catalogs(filled)
    path_of(filled).unlink()
    assert made_anew(filled).left == []
    assert catalogs(filled) == before


def test_a_damaged_ledger_stops_it_before_anything_is_done(filled: Workshop) -> None:
    entries = sorted((filled.folder / "lake/_loglake/ledger/cloudfront").glob("*.parquet"))[-1]
    entries.write_bytes(b"cut")
    path_of(filled).unlink()
    with pytest.raises(DamageError, match=entries.stem) as stopped:
        made_anew(filled)
    assert "loglake doctor --repair" in stopped.value.remedy
    assert not path_of(filled).exists()


def test_while_a_run_is_at_work_nothing_is_changed(filled: Workshop) -> None:
    path_of(filled).unlink()
    store = filled.lake.store
    with (
        Lease(store, SOURCE.name, new_run_id(datetime.now(UTC)), renew_every_s=0.1),
        pytest.raises(LeaseHeldError, match="Another run is writing"),
    ):
        made_anew(filled)
    assert not path_of(filled).exists()


def test_where_no_lake_is_nothing_is_made(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "nowhere"))
    for work in (compare, rebuild):
        with pytest.raises(UsageError, match="There is no lake"):
            work(lake, [SOURCE])
    assert list(tmp_path.iterdir()) == []


def test_a_run_on_a_lake_without_its_catalog_names_the_way_out(filled: Workshop) -> None:
    path_of(filled).unlink()
    with pytest.raises(UsageError) as refused:
        filled.run()
    assert "`loglake catalog rebuild`" in refused.value.remedy


def test_a_part_of_a_version_that_a_dead_repair_left_is_not_taken_for_the_newest(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        workshop.put(KEY.format(hour=10, uid=name), v1_object(v1_line(name), f"not a line {name}\n"))
        workshop.run()
    (version,) = workshop.lake.catalog.partitions(QUARANTINE.name).values()
    (Path(workshop.lake.uri) / version.location / "x.csv").write_text("foreign")
    copy, copied = LocalStore.copy, []

    def dies_in_the_middle(store: LocalStore, source_key: str, target_key: str) -> None:
        if source_key.startswith(QUARANTINE.name):
            copied.append(target_key)
            if len(copied) == 2:
                raise KeyboardInterrupt
        copy(store, source_key, target_key)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "copy", dies_in_the_middle)
        with pytest.raises(KeyboardInterrupt):
            doctor(workshop).repair()
    assert len(workshop.rows("quarantine")) == 2
    before = workshop.lake.catalog.partitions(QUARANTINE.name)
    assert rebuild(workshop.lake, [SOURCE]).done == []
    path_of(workshop).unlink()
    rebuild(workshop.lake, [SOURCE])
    assert workshop.lake.catalog.partitions(QUARANTINE.name) == before
    doctor(workshop).repair()
    repaired = workshop.lake.catalog.partitions(QUARANTINE.name)
    assert repaired != before
    path_of(workshop).unlink()
    rebuild(workshop.lake, [SOURCE])
    assert workshop.lake.catalog.partitions(QUARANTINE.name) == repaired
