"""Erasure and retention: what is withdrawn goes, stays away, and no crash in between changes that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.engine import withdrawn
from shared.engine.batch import STEPS as BATCH_STEPS
from shared.engine.plan import BatchLimits
from shared.engine.reprocess import Selection, select_objects
from shared.engine.withdraw import STEPS
from shared.engine.withdrawn import Withdrawn
from shared.errors import DamageError
from shared.lake.layout import ERASURES, retention_key
from shared.lake.subjects import ERASED, Subject, subject
from shared.lake.tables import QUARANTINE
from shared.lake.withheld import add_subjects, floor_of, pending_subjects, raise_floor
from shared.query.duck import run_sql
from shared.tables.partitions import Partition
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import CrashError, crash_before

KEY = b"a key for tests only"
PERSON, OTHER = "203.0.113.7", "198.51.100.9"
TEN, ELEVEN = "E1EXAMPLE00001.2026-11-01-10.a1.gz", "E1EXAMPLE00001.2026-11-01-11.b2.gz"


def fill(workshop: Workshop) -> None:
    """A person's rows in two hours, another's, and a bad line that names the person."""
    workshop.put(
        TEN,
        v1_object(
            v1_line("a", c_ip=PERSON),
            v1_line("b", c_ip=OTHER),
            v1_line("c", c_ip=OTHER, x_forwarded_for=f"192.0.2.1,%20{PERSON}"),
            f"too\tshort\t{PERSON}\n",
        ),
    )
    workshop.put(ELEVEN, v1_object(v1_line("d", time="11:00:00", c_ip=PERSON), v1_line("a", c_ip=PERSON)))


def person(kind: str = "address", text: str = PERSON) -> Subject:
    return subject(kind, text, KEY)


def erase(workshop: Workshop, *subjects: Subject) -> Withdrawn:
    add_subjects(workshop.lake.store, subjects)
    return workshop.refinery().withdraw().withdrawn


def ids(workshop: Workshop) -> list[str]:
    return sorted(row["request_id"] for row in workshop.rows())


def retake_all(workshop: Workshop) -> None:
    chosen = select_objects(workshop.refinery().settings, workshop.source, Selection(("*",)))
    workshop.refinery().retake(chosen.objects)


def rows_balance(workshop: Workshop) -> bool:
    table = run_sql(workshop.lake, "SELECT sum(rows - rows_removed) AS held FROM ingest_runs").to_pylist()
    return int(table[0]["held"]) == len(workshop.rows())


def test_rows_of_an_erased_address_go_and_the_others_stay(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    withdrawn = erase(workshop, person())
    assert ids(workshop) == ["b"]
    assert withdrawn.rows == 3
    assert [str(p) for p in withdrawn.partitions["cloudfront_requests"]] == ["2026-11-01T10", "2026-11-01T11"]
    assert {Path(url).name for url in withdrawn.objects} == {TEN, ELEVEN}
    assert rows_balance(workshop)


def test_an_erased_person_does_not_come_back_by_a_reprocess_a_replay_or_a_lost_ledger(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    erase(workshop, person())
    before = workshop.rows(), workshop.rows("quarantine")
    retake_all(workshop)
    assert (workshop.rows(), workshop.rows("quarantine")) == before
    workshop.put(ELEVEN.replace("b2", "c3"), (workshop.raw / ELEVEN).read_bytes())
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.ignored) == (0, 4), "two lines of header, two records withheld"
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored
    store = workshop.lake.store
    store.delete([item.key for item in store.list("_loglake/ledger/")])
    workshop.run()
    assert (workshop.rows(), workshop.rows("quarantine")) == before
    assert rows_balance(workshop)


def test_an_erasure_before_the_first_run_is_the_same_as_one_after_it(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    erase(workshop, person())
    early = workshop.another("early")
    add_subjects(early.lake.store, [person()])
    early.run()
    assert early.rows() == workshop.rows()
    assert early.rows("quarantine") == workshop.rows("quarantine")


def test_quarantined_texts_lose_the_person_and_the_entries_stay(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    assert PERSON in workshop.rows("quarantine")[0]["raw_text"]
    withdrawn = erase(workshop, person())
    (entry,) = workshop.rows("quarantine")
    assert (entry["reason"], entry["detail"], entry["raw_text"]) == ("too_few_fields", ERASED, None)
    assert withdrawn.quarantined == 1
    assert erase(workshop, person()).quarantined == 0


def test_a_cut_address_is_nobody(workshop: Workshop) -> None:
    """Truncated addresses end in .0: the person at 203.0.113.0 is not everybody of the network."""
    cut = replace(workshop, enrich=replace(workshop.enrich, client_ip="truncate"))
    fill(cut)
    cut.put(TEN.replace("a1", "z9"), v1_object(v1_line("e", c_ip=OTHER, x_forwarded_for="203.0.113.8")))
    cut.run()
    assert erase(cut, person(text="203.0.113.0")).rows == 0
    assert erase(cut, person()).rows == 2, "found by its pseudonym, although the address is cut"


def test_a_session_is_found_by_its_media_client_data(workshop: Workshop) -> None:
    query = "CMCD=sid%3D%22{}%22%2Cbr%3D3000"
    workshop.put(
        TEN, v1_object(v1_line("a", cs_uri_query=query.format("one")), v1_line("b", cs_uri_query=query.format("two")))
    )
    workshop.run()
    assert erase(workshop, person("session", "one")).rows == 1
    assert ids(workshop) == ["b"]


def test_a_copy_that_gave_way_to_an_erased_row_comes_back(workshop: Workshop) -> None:
    """The copy does not name the person: it is not theirs as far as anybody can tell, and a clean run would have it."""
    workshop.put(TEN, v1_object(v1_line("a", c_ip=PERSON)))
    workshop.put(TEN.replace("a1", "b2"), v1_object(v1_line("a", c_ip="-")))
    workshop.run()
    erase(workshop, person())
    assert [Path(row["source_object"]).name for row in workshop.rows()] == [TEN.replace("a1", "b2")]
    assert workshop.run().batches == []


def test_hours_before_the_floor_go_and_stay_away(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    table = workshop.source.tables[0].name
    raise_floor(workshop.lake.store, table, Partition.parse("2026-11-01T11"))
    withdrawn = workshop.refinery().withdraw().withdrawn
    assert ids(workshop) == ["d"]
    assert {name: [str(p) for p in gone] for name, gone in withdrawn.expired.items()} == {table: ["2026-11-01T10"]}
    assert withdrawn.expired_rows == 3
    assert rows_balance(workshop)
    retake_all(workshop)
    workshop.put(TEN.replace("a1", "late"), v1_object(v1_line("late", time="09:00:00"), v1_line("e", time="12:00:00")))
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.ignored) == (1, 3)
    assert ids(workshop) == ["d", "e"]
    assert rows_balance(workshop)


def test_the_floor_only_rises(workshop: Workshop) -> None:
    store = workshop.lake.store
    raise_floor(store, "t", Partition.parse("2026-11-01T11"))
    raise_floor(store, "t", Partition.parse("2026-11-01T10"))
    floor = floor_of(store, "t")
    assert floor is not None
    assert str(floor.before) == "2026-11-01T11"


def test_quarantined_entries_expire_and_stay_away(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    raise_floor(workshop.lake.store, QUARANTINE.name, Partition.parse("2027-01-01T00"))
    workshop.refinery().withdraw()
    assert workshop.rows("quarantine") == []
    retake_all(workshop)
    assert workshop.rows("quarantine") == []
    assert len(workshop.rows()) == 4


@pytest.mark.parametrize("step", STEPS)
def test_a_withdrawal_that_dies_at_any_step_is_completed_by_the_next_run(
    workshop: Workshop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawn, "_PARTITIONS_AT_ONCE", 1)
    fill(workshop)
    workshop.put(TEN.replace("a1", "b0"), v1_object(v1_line("f", time="09:00:00"), v1_line("a", c_ip="-")))
    workshop.run()
    store, table = workshop.lake.store, workshop.source.tables[0].name
    raise_floor(store, table, Partition.parse("2026-11-01T10"))
    add_subjects(store, [person()])

    refinery = workshop.refinery()
    refinery.before_step = crash_before(step)
    with pytest.raises(CrashError):
        refinery.withdraw()
    workshop.run()
    assert pending_subjects(store, "cloudfront") == frozenset()
    clean = replace(workshop.another("clean"), limits=BatchLimits(max_objects=1))
    add_subjects(clean.lake.store, [person()])
    raise_floor(clean.lake.store, table, Partition.parse("2026-11-01T10"))
    clean.run()
    assert workshop.rows() == clean.rows()
    assert workshop.rows("quarantine") == clean.rows("quarantine")
    assert workshop.run().batches == []


def test_the_steps_are_all_announced(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    raise_floor(workshop.lake.store, workshop.source.tables[0].name, Partition.parse("2026-11-01T11"))
    add_subjects(workshop.lake.store, [person()])
    refinery = workshop.refinery()
    seen: list[str] = []
    refinery.before_step = seen.append
    refinery.withdraw()
    assert tuple(dict.fromkeys(name for name in seen if name not in BATCH_STEPS)) == STEPS


def test_nothing_that_names_the_person_is_kept_on_the_list(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    erase(workshop, person(), person("session", "my-session"))
    control = [path for path in (workshop.folder / "lake" / "_loglake").rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in control)
    assert person().mark.encode() in held
    assert PERSON.encode() not in held
    assert b"my-session" not in held


def test_a_copy_comes_back_out_of_an_object_that_holds_rows_of_the_person_itself(workshop: Workshop) -> None:
    workshop.put(TEN, v1_object(v1_line("c", c_ip=PERSON)))
    workshop.put(TEN.replace("a1", "b2"), v1_object(v1_line("c", c_ip=OTHER), v1_line("d", c_ip=PERSON)))
    workshop.run()
    erase(workshop, person())
    assert [(row["request_id"], row["client_ip"]) for row in workshop.rows()] == [("c", OTHER)]


def test_a_copy_at_the_end_of_a_chain_comes_back(workshop: Workshop) -> None:
    """Each object of one request id beats the one before it; only the last one is the person's."""
    for name in ("d1", "c1", "b1", "a1"):
        workshop.put(TEN.replace("a1", name), v1_object(v1_line("x", c_ip=OTHER if name == "d1" else PERSON)))
        workshop.run()
    erase(workshop, person())
    assert [Path(row["source_object"]).name for row in workshop.rows()] == [TEN.replace("a1", "d1")]


@pytest.mark.parametrize("step", BATCH_STEPS)
def test_a_person_put_on_the_list_while_a_run_is_at_work_is_erased_with_all_that_follows(
    workshop: Workshop, step: str
) -> None:
    workshop.put(TEN, v1_object(v1_line("a", c_ip=PERSON)))
    workshop.put(TEN.replace("a1", "b2"), v1_object(v1_line("a", c_ip="-")))
    workshop.run()
    workshop.put(TEN.replace("a1", "c3"), v1_object(v1_line("new"), v1_line("b", c_ip=PERSON)))

    def ask(name: str) -> None:
        if name == step:
            add_subjects(workshop.lake.store, [person()])

    workshop.run(ask)
    workshop.run()
    assert pending_subjects(workshop.lake.store, "cloudfront") == frozenset()
    clean = workshop.another("clean")
    add_subjects(clean.lake.store, [person()])
    clean.run()
    assert workshop.rows() == clean.rows()
    assert ids(workshop) == ["a", "new"]


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_an_erasure_waits_for_files_that_cannot_be_looked_through(workshop: Workshop, damage: str) -> None:
    workshop.put(TEN, v1_object(v1_line("a", c_ip=PERSON), v1_line("b", c_ip=OTHER)))
    workshop.put(ELEVEN, v1_object(v1_line("d", time="11:00:00", c_ip=PERSON)))
    workshop.run()
    lake = workshop.lake
    version = lake.catalog.partitions(workshop.source.tables[0].name)[Partition.parse("2026-11-01T10")]
    (path,) = (Path(lake.uri) / version.location).glob("part-*.parquet")
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[:-10])
    else:
        path.unlink()
    assert erase(workshop, person()).damaged == ["cloudfront_requests 2026-11-01T10"]
    assert pending_subjects(lake.store, "cloudfront") == {person()}
    workshop.put(ELEVEN.replace("b2", "c3"), v1_object(v1_line("other hours go on", time="12:00:00")))
    workshop.run()
    path.write_bytes(whole)
    workshop.run()
    assert ids(workshop) == ["b", "other hours go on"]
    assert pending_subjects(lake.store, "cloudfront") == frozenset()


def test_rows_of_an_hour_made_anew_are_counted_as_removed(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    for path in (workshop.folder / "lake" / "cloudfront_requests").rglob("*.parquet"):
        path.unlink()
    retake_all(workshop)
    assert len(workshop.rows()) == 4
    assert rows_balance(workshop)


@pytest.mark.parametrize("content", ["null", "[]", "{}", '{"subjects": [{"kind": "x"}]}', "{"])
def test_a_list_that_is_damaged_stops_a_run_with_its_name(workshop: Workshop, content: str) -> None:
    fill(workshop)
    workshop.lake.store.write(ERASURES, content.encode())
    with pytest.raises(DamageError, match=r"erasures\.json is damaged") as caught:
        workshop.run()
    assert "would come back" in caught.value.remedy
    assert workshop.rows() == []


@pytest.mark.parametrize("content", ["null", "[]", "{}", '{"before": "soon", "is_done": true}'])
def test_a_floor_that_is_damaged_stops_a_run_with_its_name(workshop: Workshop, content: str) -> None:
    fill(workshop)
    workshop.lake.store.write(retention_key(workshop.source.tables[0].name), content.encode())
    with pytest.raises(DamageError, match=r"cloudfront_requests\.json is damaged"):
        workshop.run()
    assert workshop.rows() == []


def test_an_erasure_takes_in_again_only_what_shares_the_hour(workshop: Workshop) -> None:
    """Objects of successive hours overlap by a record each; the person has one row in the first hour."""
    for hour in range(10, 16):
        lines = [v1_line(f"{hour}", time=f"{hour}:00:00"), v1_line(f"{hour + 1}", time=f"{hour + 1}:00:00")]
        workshop.put(f"E1EXAMPLE00001.2026-11-01-{hour}.a1.gz", v1_object(*lines))
    workshop.put(TEN.replace("a1", "p0"), v1_object(v1_line("p", c_ip=PERSON)))
    workshop.run()
    add_subjects(workshop.lake.store, [person()])
    report = workshop.refinery().withdraw()
    assert (report.withdrawn.rows, report.batches) == (1, [])


def test_a_copy_in_another_raw_prefix_comes_back_with_the_run_that_erases(workshop: Workshop) -> None:
    other = workshop.folder / "raw2"
    other.mkdir()
    workshop.put(TEN, v1_object(v1_line("a", c_ip=PERSON)))
    (other / TEN).write_text(v1_object(v1_line("a", c_ip="-")))
    workshop.run()
    workshop.run(raw_uri=str(other))
    assert [row["client_ip"] for row in workshop.rows()] == [PERSON]
    add_subjects(workshop.lake.store, [person()])
    workshop.run()
    assert [row["source_object"] for row in workshop.rows()] == [str(other / TEN)]
