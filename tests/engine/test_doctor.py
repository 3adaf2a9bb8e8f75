"""A lake broken by hand in each way that the doctor knows: found, repaired to what a clean lake has, and then well."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from shared.engine import ledger_repair
from shared.engine.doctor import Doctor
from shared.engine.executor import InlineExecutor
from shared.engine.settings import viewer_key
from shared.errors import LeaseHeldError
from shared.lake import lease
from shared.lake.check import Kind
from shared.lake.ledger import Ledger
from shared.lake.subjects import subject
from shared.lake.withheld import add_subjects, raise_floor
from shared.sources.cloudfront import SOURCE
from shared.storage.local import LocalStore
from shared.tables.partitions import Partition
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import KEY, CrashError, crash_before

TABLE = "cloudfront_requests"


def fill(workshop: Workshop) -> None:
    """Two runs: three objects over two hours, with copies across objects, a late row and a bad line."""
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a"), v1_line("b"), "not a line\n"))
    workshop.put(KEY.format(hour=11, uid="c3"), v1_object(v1_line("d", time="11:59:59"), v1_line("a", sc_bytes="9")))
    workshop.run()
    workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("c", time="11:05:00"), v1_line("a", sc_bytes="7")))
    workshop.run()


def doctor(workshop: Workshop, **changes: object) -> Doctor:
    settings = replace(workshop.refinery().settings, raw_uri="")
    return replace(Doctor([SOURCE], settings, InlineExecutor()), **changes)


def found(workshop: Workshop, **changes: object) -> list[Kind]:
    return [finding.kind for finding in doctor(workshop, **changes).examine().findings]


def clean_rows(workshop: Workshop) -> dict[str, object]:
    clean = workshop.another("clean")
    clean.run()
    return contents(clean)


def contents(workshop: Workshop) -> dict[str, object]:
    return {table: workshop.rows(table) for table in (TABLE, "quarantine")}


def repaired(workshop: Workshop, **changes: object) -> list[Kind]:
    """Repair; what is found afterwards."""
    return [finding.kind for finding in doctor(workshop, **changes).repair().after.findings]


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(folder.rglob("*"))}


def ledger_objects(workshop: Workshop) -> list[Path]:
    return sorted((workshop.folder / "lake/_loglake/ledger/cloudfront").glob("*.parquet"))


def files(workshop: Workshop, hour: int, table: str = TABLE) -> list[Path]:
    """The part files of the current version of an hour."""
    lake = workshop.lake
    (version,) = [v for p, v in lake.catalog.partitions(table).items() if p.hour == f"{hour:02d}"]
    return sorted((Path(lake.uri) / version.location).glob("part-*.parquet"))


def test_a_good_lake_is_well_and_looking_changes_nothing(workshop: Workshop) -> None:
    fill(workshop)
    before = state_of(workshop.folder)
    assert found(workshop) == []
    assert found(workshop, is_deep=True) == []
    assert state_of(workshop.folder) == before
    assert repaired(workshop) == []


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "other": lambda path: path.write_bytes(b"PAR1 something else PAR1"),
}


def write_over(path: Path, damage: str) -> None:
    """Replace a file, as a copy made with a link may share its content with others."""
    twin = path.with_suffix(".twin")
    shutil.copy(path, twin)
    DAMAGES[damage](twin)
    twin.replace(path)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_ledger_object_is_put_aside_and_its_objects_are_taken_in_again(
    workshop: Workshop, damage: str, which: int
) -> None:
    fill(workshop)
    run = ledger_objects(workshop)[which]
    write_over(run, damage)
    before = state_of(workshop.folder)
    assert found(workshop) == [Kind.LEDGER_DAMAGED]
    assert state_of(workshop.folder) == before
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)
    assert (workshop.folder / f"lake/_loglake/damaged/ledger/cloudfront/{run.name}").exists()
    assert workshop.run().batches == []


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("replaced", ["a1", "b2", "c3"])
def test_after_a_ledger_repair_a_beaten_copy_still_comes_back_when_its_winner_is_replaced(
    workshop: Workshop, which: int, replaced: str
) -> None:
    """Who lost rows to whom stood in the lost record: `a` is in all three objects, and a1's copy is the one to stay."""
    fill(workshop)
    write_over(ledger_objects(workshop)[which], "cut")
    repaired(workshop)
    hour = 10 if replaced == "a1" else 11
    workshop.put(KEY.format(hour=hour, uid=replaced), v1_object(v1_line("z")), modified_s=1_793_540_000)
    workshop.run()
    assert contents(workshop) == clean_rows(workshop)
    assert found(workshop) == []


def test_objects_replaced_while_their_record_was_lost_leave_no_row_behind(workshop: Workshop) -> None:
    fill(workshop)
    workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("e", time="13:00:00")), modified_s=1_793_540_000)
    write_over(ledger_objects(workshop)[1], "empty")
    repaired(workshop)
    assert contents(workshop) == clean_rows(workshop)
    assert [row["request_id"] for row in workshop.rows() if row["partition"].endswith("13")] == ["e"]


def test_a_record_lost_with_its_only_run_is_made_good_by_the_next_run(workshop: Workshop) -> None:
    """No other entry says below which raw prefix the objects were: only a run that is given it can take them in."""
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a"), v1_line("b", time="12:00:00")))
    workshop.run()
    write_over(ledger_objects(workshop)[0], "empty")
    assert repaired(workshop) == [Kind.OBJECTS_DUE]
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a")), modified_s=1_793_540_000)
    workshop.run()
    assert contents(workshop) == clean_rows(workshop)
    assert found(workshop) == []


def test_rows_of_objects_that_are_gone_outlive_their_lost_record(workshop: Workshop) -> None:
    fill(workshop)
    before = contents(workshop)
    (workshop.raw / KEY.format(hour=11, uid="b2")).unlink()
    write_over(ledger_objects(workshop)[1], "cut")
    assert repaired(workshop) == []
    assert contents(workshop) == before
    assert workshop.run().batches == []


def test_a_ledger_object_that_was_deleted_is_missed_by_what_its_run_made(workshop: Workshop) -> None:
    fill(workshop)
    run = ledger_objects(workshop)[1]
    run.unlink()
    assert found(workshop) == [Kind.LEDGER_LOST]
    run.with_suffix(".committed").unlink()
    assert found(workshop) == [Kind.LEDGER_LOST]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)
    assert workshop.run().batches == []


def test_files_in_the_ledger_that_no_run_wrote_are_put_aside(workshop: Workshop) -> None:
    fill(workshop)
    run = ledger_objects(workshop)[0]
    shutil.copy(run, run.with_name(f"copy of {run.name}"))
    run.with_name("notes.txt").write_text("do not delete")
    assert found(workshop) == [Kind.LEDGER_FOREIGN] * 2
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)
    assert workshop.run().batches == []
    assert (workshop.folder / "lake/_loglake/damaged/ledger/cloudfront/notes.txt").read_text() == "do not delete"


def drop_partition(workshop: Workshop, hour: int, table: str = TABLE) -> None:
    catalog = workshop.lake.catalog
    catalog.swap(table, [], dropped=[p for p in catalog.partitions(table) if p.hour == f"{hour:02d}"])


def test_a_partition_that_the_catalog_lost_is_registered_again(workshop: Workshop) -> None:
    fill(workshop)
    before = workshop.lake.catalog.partitions(TABLE)
    drop_partition(workshop, 10)
    assert found(workshop) == [Kind.PARTITION_MISSING]
    assert repaired(workshop) == []
    assert workshop.lake.catalog.partitions(TABLE) == before, "the same version with the same facts"


@pytest.mark.parametrize("left", ["none", "some", "damaged"])
def test_a_lost_partition_whose_files_are_not_whole_is_made_anew(workshop: Workshop, left: str) -> None:
    fill(workshop)
    first, *_ = files(workshop, 11)
    if left == "none":
        shutil.rmtree(first.parent)
    elif left == "some":
        first.unlink()
    else:
        write_over(first, "cut")
    drop_partition(workshop, 11)
    assert found(workshop) == [Kind.PARTITION_MISSING]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)


HARM = {
    "folder deleted": lambda files: shutil.rmtree(files[0].parent),
    "file deleted": lambda files: files[0].unlink(),
    "file cut": lambda files: write_over(files[0], "cut"),
    "file empty": lambda files: write_over(files[0], "empty"),
    "file doubled": lambda files: shutil.copy(files[0], files[0].with_name("part-again.parquet")),
    "no file of ours": lambda files: files[0].with_name("part-x.parquet").write_bytes(b"PAR1"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_partition_that_was_damaged_by_hand_is_made_anew(workshop: Workshop, harm: str) -> None:
    fill(workshop)
    HARM[harm](files(workshop, 11))
    before = state_of(workshop.folder)
    assert found(workshop) == [Kind.PARTITION_DAMAGED]
    assert state_of(workshop.folder) == before
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)


def test_two_damaged_hours_that_share_objects_are_made_anew_together(workshop: Workshop) -> None:
    fill(workshop)
    for hour in (10, 11):
        files(workshop, hour)[0].unlink()
    assert repaired(replace(workshop)) == []
    assert contents(workshop) == clean_rows(workshop)


def test_damage_that_keeps_the_size_is_found_by_looking_into_footers(workshop: Workshop) -> None:
    fill(workshop)
    path = files(workshop, 11)[0]
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-4] + b"RAP1")
    assert found(workshop) == []
    assert found(workshop, is_deep=True) == [Kind.PARTITION_DAMAGED]
    assert repaired(workshop, is_deep=True) == []
    assert contents(workshop) == clean_rows(workshop)


def test_rows_that_would_be_lost_for_good_are_named_and_left_to_the_caller(workshop: Workshop) -> None:
    fill(workshop)
    gone = workshop.raw / KEY.format(hour=11, uid="b2")
    gone.unlink()
    files(workshop, 11)[0].unlink()
    before = workshop.lake.catalog.partitions(TABLE)
    treatment = doctor(workshop).repair()
    (refused,) = treatment.refused
    assert str(gone) in refused.what
    assert [finding.kind for finding in treatment.after.findings] == [Kind.PARTITION_DAMAGED]
    assert workshop.lake.catalog.partitions(TABLE) == before

    assert repaired(workshop, accepts_loss=True) == []
    clean = {(row["request_id"], row["partition"]) for row in clean_rows(workshop)[TABLE]}
    kept = {(row["request_id"], row["partition"]) for row in workshop.rows()}
    assert clean <= kept, "all that raw objects still give"


def test_a_foreign_file_among_the_files_of_a_partition_is_left_behind(workshop: Workshop) -> None:
    fill(workshop)
    files(workshop, 10)[0].with_name("notes.txt").write_text("for Athena to trip over")
    files(workshop, 10)[0].with_name("_hidden").write_text("nobody minds")
    assert found(workshop) == [Kind.PARTITION_FOREIGN]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)


@pytest.mark.parametrize("step", ["swap", "build_quarantine", "commit"])
def test_a_run_that_died_after_its_note_is_carried_out(workshop: Workshop, step: str) -> None:
    fill(workshop)
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("x", time="12:00:00")), modified_s=1_793_540_000)
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))
    assert found(workshop) == [Kind.RUN_UNFINISHED]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)
    assert workshop.run().batches == []


def test_a_run_that_died_before_its_note_needs_nothing(workshop: Workshop) -> None:
    fill(workshop)
    workshop.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("x", time="12:00:00")))
    with pytest.raises(CrashError):
        workshop.run(crash_before("note"))
    assert found(workshop) == []


@pytest.mark.parametrize("step", ["swap", "commit"])
def test_what_a_dead_run_left_of_objects_that_are_gone_stays_as_it_is(workshop: Workshop, step: str) -> None:
    fill(workshop)
    url = workshop.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("x", time="12:00:00")))
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))
    Path(url).unlink()
    before = workshop.rows()
    assert repaired(workshop) == []
    assert workshop.rows() == before
    workshop.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("x", time="12:00:00")))
    workshop.run()
    assert workshop.rows() == clean_rows(workshop)[TABLE], "should it come back, it is taken in"


def test_a_run_that_died_before_its_line_gets_it_from_the_ledger(workshop: Workshop) -> None:
    fill(workshop)
    workshop.put(KEY.format(hour=12, uid="d4"), v1_object(v1_line("x", time="12:00:00"), "bad\n"))
    with pytest.raises(CrashError):
        workshop.run(crash_before("report"))
    assert found(workshop) == [Kind.RUN_UNREPORTED]
    assert repaired(workshop) == []
    line = max(workshop.rows_of_runs(), key=lambda row: row["run_id"])
    assert (line["objects"], line["records"], line["rows"], line["quarantined"], line["ignored"]) == (1, 4, 1, 1, 2)
    assert (line["partitions"], line["bytes_written"]) == (None, None)
    assert line["source"] == "cloudfront"
    assert len(workshop.rows_of_runs()) == 3
    assert found(workshop) == []


def test_lost_lines_of_runs_are_made_again(workshop: Workshop) -> None:
    fill(workshop)
    lines = workshop.rows_of_runs()
    lake = workshop.lake
    for version in lake.catalog.partitions("ingest_runs").values():
        shutil.rmtree(Path(lake.uri) / version.location)
    assert found(workshop) == [Kind.RUN_UNREPORTED, Kind.RUN_UNREPORTED, Kind.PARTITION_DAMAGED]
    assert repaired(workshop) == []
    again = workshop.rows_of_runs()
    assert sorted(line["run_id"] for line in again) == sorted(line["run_id"] for line in lines)
    assert sum(line["records"] for line in again) == sum(line["records"] for line in lines)


@pytest.mark.parametrize("harm", ["folder deleted", "file cut"])
def test_entries_lost_from_the_quarantine_come_back_with_their_objects(workshop: Workshop, harm: str) -> None:
    fill(workshop)
    lake = workshop.lake
    (version,) = lake.catalog.partitions("quarantine").values()
    HARM[harm](sorted((Path(lake.uri) / version.location).glob("part-*.parquet")))
    assert found(workshop) == [Kind.PARTITION_DAMAGED]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)


@pytest.mark.parametrize("table", ["quarantine", "ingest_runs", "partition_quality"])
def test_a_lost_partition_of_the_lakes_own_tables_is_registered_again(workshop: Workshop, table: str) -> None:
    fill(workshop)
    before = workshop.rows(table) if table == "quarantine" else workshop.rows_of_runs()
    catalog = workshop.lake.catalog
    catalog.swap(table, [], dropped=list(catalog.partitions(table)))
    assert Kind.PARTITION_MISSING in found(workshop)
    assert repaired(workshop) == []
    assert (workshop.rows(table) if table == "quarantine" else workshop.rows_of_runs()) == before


def test_a_lost_or_wrong_catalog_is_told_and_nothing_is_done(workshop: Workshop) -> None:
    fill(workshop)
    (workshop.folder / "lake/catalog.sqlite").unlink()
    before = state_of(workshop.folder)
    assert found(workshop) == [Kind.TABLE_MISSING]
    assert state_of(workshop.folder) == before
    treatment = doctor(workshop).repair()
    assert [finding.kind for finding in treatment.after.findings] == [Kind.TABLE_MISSING]
    assert "--catalog" in treatment.after.findings[0].remedy
    assert state_of(workshop.folder) == before


def test_an_index_of_the_ledger_that_is_damaged_is_removed(workshop: Workshop) -> None:
    fill(workshop)
    Ledger.load(workshop.lake.store, "cloudfront").checkpoint()
    assert found(workshop) == []
    (index,) = (workshop.folder / "lake/_loglake/ledger-index/cloudfront").iterdir()
    index.write_bytes(index.read_bytes()[:-1])
    assert found(workshop) == [Kind.LEDGER_INDEX_DAMAGED]
    assert repaired(workshop) == []
    assert not index.exists()
    assert workshop.run().batches == []


def test_hours_that_expired_or_were_emptied_by_an_erasure_are_not_missed(workshop: Workshop) -> None:
    fill(workshop)
    workshop.put(KEY.format(hour=12, uid="d4"), v1_object(v1_line("x", time="12:00:00", c_ip="192.0.2.99")))
    workshop.run()
    store = workshop.lake.store
    add_subjects(store, [subject("address", "192.0.2.99", viewer_key(workshop.lake, None))])
    raise_floor(store, TABLE, Partition.parse("2026-11-01T11"))
    assert found(workshop) == [Kind.OPERATION_UNFINISHED] * 2
    workshop.run()
    assert [p.hour for p in workshop.lake.catalog.partitions(TABLE)] == ["11"]
    assert found(workshop) == []
    for mark in (workshop.folder / "lake" / TABLE).rglob("_dropped"):
        mark.unlink()  # as the sweeper does after its grace
    shutil.rmtree(next(p for p in (workshop.folder / "lake" / TABLE).rglob("hour=12")))
    assert found(workshop) == [], "partition_quality remembers that its last version was empty"


def test_a_repair_goes_on_where_one_died(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst place: the damaged record is put aside, and what stands in its place is not written yet."""
    fill(workshop)
    workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("e", time="13:00:00")), modified_s=1_793_540_000)
    write_over(ledger_objects(workshop)[1], "cut")
    with monkeypatch.context() as patch:
        patch.setattr(ledger_repair, "write_entries", crash)
        with pytest.raises(CrashError):
            doctor(workshop).repair()
    assert Kind.LEDGER_LOST in found(workshop)
    workshop.run()  # somebody did not ask the doctor first
    assert found(workshop) == [Kind.LEDGER_LOST]
    assert repaired(workshop) == []
    assert contents(workshop) == clean_rows(workshop)


def crash(*_args: object, **_named: object) -> None:
    raise CrashError


def test_nothing_is_repaired_while_a_run_is_at_work(workshop: Workshop) -> None:
    fill(workshop)
    write_over(ledger_objects(workshop)[1], "cut")
    with lease.Lease(workshop.lake.store, "cloudfront", "alive", renew_every_s=0.05):
        assert sorted(found(workshop)) == [Kind.LEASE_HELD, Kind.LEDGER_DAMAGED]
        with pytest.raises(LeaseHeldError):
            doctor(workshop).repair()
    assert found(workshop) == [Kind.LEDGER_DAMAGED]


def test_a_damaged_hour_that_shares_objects_with_one_that_cannot_be_repaired_is_left_alone(workshop: Workshop) -> None:
    fill(workshop)
    gone = workshop.raw / KEY.format(hour=11, uid="b2")  # rows in hour 11 and, beaten ones, in hour 10
    gone.unlink()
    for hour in (10, 11):
        files(workshop, hour)[0].unlink()
    before = workshop.rows()
    treatment = doctor(workshop).repair()
    assert len(treatment.refused) == 2
    assert workshop.rows() == before
    assert [finding.kind for finding in treatment.after.findings] == [Kind.PARTITION_DAMAGED] * 2


def test_a_good_lake_is_examined_by_one_listing_of_each_table(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(workshop)
    listed: list[str] = []
    opened: list[str] = []
    listing, opening = LocalStore.list, LocalStore.open_input
    monkeypatch.setattr(
        LocalStore, "list", lambda self, prefix="", **more: (listed.append(prefix), listing(self, prefix, **more))[1]
    )
    monkeypatch.setattr(LocalStore, "open_input", lambda self, key: (opened.append(key), opening(self, key))[1])
    assert found(workshop) == []
    assert opened == []
    assert len([prefix for prefix in listed if not prefix.startswith("_loglake")]) == 4
    assert len(listed) < 20


def test_a_damaged_hour_is_repaired_although_an_erasure_has_to_read_it(workshop: Workshop) -> None:
    fill(workshop)
    add_subjects(workshop.lake.store, [subject("address", "192.0.2.99", viewer_key(workshop.lake, None))])
    write_over(files(workshop, 11)[0], "cut")
    assert set(repaired(workshop)) <= {Kind.OPERATION_UNFINISHED}
    workshop.run()
    assert found(workshop) == []
    assert contents(workshop) == clean_rows(workshop)
