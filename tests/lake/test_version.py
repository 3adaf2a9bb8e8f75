"""The new version of a partition: what is taken over, rewritten, merged, and told."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import DamageError, LossError
from shared.lake import input_file, parquet, version
from shared.lake.lake import Lake, open_lake
from shared.lake.layout import new_run_id
from shared.lake.version import build_version
from shared.storage import ObjectInfo
from shared.tables import Table


def digest(*objects: str) -> str:
    return hashlib.blake2b("\0".join(sorted(objects)).encode(), digest_size=16).hexdigest()


def contents(lake: Lake, location: str) -> dict[str, bytes]:
    items = [item for item in lake.store.list(location + "/") if isinstance(item, ObjectInfo)]
    return {item.key.rpartition("/")[2]: lake.store.read(item.key) for item in items}


def test_a_first_version(lake: Lake, visits: Any) -> None:
    rows = visits.rows([{"request_id": "1"}, {"request_id": "2", "event_time": visits.start_ms + 5}])
    (outcome,) = visits.publish(lake, "r1", rows)
    current = lake.catalog.partitions("visits")[visits.hour]
    assert current == outcome.version
    assert current.location == "visits/run=r1/year=2026/month=11/day=20/hour=07"
    assert (current.rows, current.files, current.run_id) == (2, 1, "r1")
    assert (current.min_event_ms, current.max_event_ms) == (visits.start_ms, visits.start_ms + 5)
    assert current.size_bytes == sum(len(data) for data in contents(lake, current.location).values())
    assert current.source_digest == digest("a")
    assert (outcome.rows_added, outcome.rows_removed, outcome.duplicates, outcome.lost_to) == (
        2,
        0,
        Counter(),
        frozenset(),
    )
    assert visits.seen(lake, "request_id") == ["1", "2"]


def test_files_that_lose_nothing_are_taken_over_as_they_are(lake: Lake, visits: Any) -> None:
    (first,) = visits.publish(lake, "r1", visits.rows([{"request_id": "1"}]))
    before = contents(lake, first.version.location)
    (second,) = visits.publish(lake, "r2", visits.rows([{"request_id": "2", "source_object": "b"}]))
    after = contents(lake, second.version.location)
    assert set(after) == {"part-r1-00000-0.parquet", "part-r2-00000-0.parquet"}
    assert after["part-r1-00000-0.parquet"] == before["part-r1-00000-0.parquet"]
    assert (second.version.rows, second.version.files, second.rows_added) == (2, 2, 1)
    assert second.version.source_digest == digest("a", "b")
    # The former version stays as it was, for queries that are reading it.
    assert contents(lake, first.version.location) == before


def test_an_object_that_comes_again_replaces_its_own_rows(lake: Lake, visits: Any) -> None:
    visits.publish(
        lake, "r1", visits.rows([{"request_id": "1"}, {"request_id": "2"}, {"request_id": "9", "source_object": "b"}])
    )
    (outcome,) = visits.publish(lake, "r2", visits.rows([{"request_id": "2", "status": 404}, {"request_id": "3"}]))
    assert visits.seen(lake, "request_id", "status", "source_object") == [
        ("2", 404, "a"),
        ("3", 200, "a"),
        ("9", 200, "b"),
    ]
    assert (outcome.rows_added, outcome.rows_removed) == (2, 2)
    assert (outcome.duplicates, outcome.conflicting, outcome.lost_to) == (Counter(), 0, frozenset())
    assert set(contents(lake, outcome.version.location)) == {"part-r2-w0000.parquet", "part-r2-00000-0.parquet"}


def test_a_replay_changes_nothing(lake: Lake, visits: Any) -> None:
    rows = visits.rows([{"request_id": str(n), "source_object": "ab"[n % 2]} for n in range(6)])
    (first,) = visits.publish(lake, "r1", rows)
    seen = visits.seen(lake, "request_id", "source_object", "source_line")
    (second,) = visits.publish(lake, "r2", rows)
    assert visits.seen(lake, "request_id", "source_object", "source_line") == seen
    assert (second.version.rows, second.version.source_digest) == (first.version.rows, first.version.source_digest)


def test_rows_that_an_object_has_no_more_go_from_hours_it_no_longer_touches(lake: Lake, visits: Any) -> None:
    later = visits.start_ms + 3_600_000
    visits.publish(lake, "r1", visits.rows([{"request_id": "1"}, {"request_id": "2", "event_time": later}]))
    outcomes = visits.publish(
        lake, "r2", visits.rows([{"request_id": "2", "event_time": later}]), touched=[visits.hour]
    )
    assert visits.seen(lake, "request_id") == ["2"]
    dropped = next(outcome for outcome in outcomes if outcome.partition == visits.hour)
    assert (dropped.version, dropped.rows_removed, dropped.rows_added) == (None, 1, 0)
    assert visits.hour not in lake.catalog.partitions("visits")


def test_a_touched_partition_that_never_was_gives_no_job(lake: Lake, visits: Any) -> None:
    assert visits.jobs(lake, "r1", objects=["a"], touched=[visits.hour]) == []


def test_duplicates_give_way_by_object_and_are_counted(lake: Lake, visits: Any) -> None:
    visits.publish(
        lake, "r1", visits.rows([{"request_id": "1", "source_object": "b"}, {"request_id": "2", "source_object": "b"}])
    )
    # c loses against b; a beats b.
    news = visits.rows(
        [
            {"request_id": "1", "source_object": "c"},
            {"request_id": "2", "source_object": "a"},
            {"request_id": "3", "source_object": "a"},
            {"request_id": "3", "source_object": "a", "source_line": 99},
        ]
    )
    (outcome,) = visits.publish(lake, "r2", news)
    assert visits.seen(lake, "request_id", "source_object", "source_line") == [
        ("1", "b", 1),
        ("2", "a", 2),
        ("3", "a", 3),
    ]
    assert outcome.duplicates == Counter({"c": 1, "a": 1})
    assert (outcome.rows_added, outcome.rows_removed) == (2, 1)
    assert outcome.lost_to == {("c", "b"), ("b", "a")}
    assert (outcome.overlap, outcome.conflicting) == (0, 0)
    assert outcome.version.source_digest == digest("a", "b")


def test_equal_hashes_of_different_keys_are_no_duplicates(lake: Lake, visits: Any) -> None:
    rows = visits.rows([{"request_id": "1"}, {"request_id": "2"}])
    same = rows.set_column(rows.column_names.index("record_hash"), "record_hash", pa.array([7, 7], pa.int64()))
    (outcome,) = visits.publish(lake, "r1", same)
    assert visits.seen(lake, "request_id") == ["1", "2"]
    assert outcome.duplicates == Counter()


def test_copies_in_another_format_overlap_and_copies_that_differ_conflict(lake: Lake, visits: Any) -> None:
    visits.publish(
        lake,
        "r1",
        visits.rows(
            [{"request_id": str(n), "source_format": "v1", "status": 200, "source_object": "a"} for n in range(4)]
        ),
    )
    news = [
        # The better format wins, whatever its object; that it says more is no conflict.
        {"request_id": "0", "source_format": "v2", "path": "/more", "source_object": "z"},
        # The same format: equal but for its lineage, another number, another map.
        {"request_id": "1", "source_format": "v1", "source_modified": visits.start_ms, "source_object": "z"},
        {"request_id": "2", "source_format": "v1", "status": 404, "source_object": "z"},
        {"request_id": "3", "source_format": "v1", "extra": [("k", "v")], "source_object": "z"},
    ]
    (outcome,) = visits.publish(lake, "r2", visits.rows(news))
    assert (outcome.overlap, outcome.conflicting) == (1, 2)
    assert outcome.duplicates == Counter({"z": 3})
    assert visits.seen(lake, "request_id", "source_format") == [("0", "v2"), ("1", "v1"), ("2", "v1"), ("3", "v1")]


def test_a_copy_that_does_not_know_its_site_gives_way_without_conflict(lake: Lake, visits: Any) -> None:
    scoped = replace(visits.table, key_scope="site")
    rows = visits.rows(
        [
            {"request_id": "1", "site": None},
            {"request_id": "1", "site": "www.example.com", "source_object": "b"},
            {"request_id": "2", "site": None},
        ]
    )
    hashes = pa.array([1, 1, 2], pa.int64())  # of the key without its scope
    rows = rows.set_column(rows.column_names.index("record_hash"), "record_hash", hashes)
    (job,) = visits.jobs(lake, "r1", rows)
    outcome = build_version(replace(job, table=scoped))
    assert (outcome.duplicates, outcome.conflicting) == (Counter({"a": 1}), 0)
    assert outcome.lost_to == {("a", "b")}
    assert outcome.statistics.rows == 2


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("path", "/a", "/b"),
        ("path", None, "/"),
        ("path", "", None),
        ("event_time", 0, 1),
        ("flags", ["bad_ip"], []),
        ("flags", None, []),
        ("extra", [("k", None)], [("k", "")]),
    ],
)
def test_every_kind_of_difference_is_a_conflict(lake: Lake, visits: Any, name: str, left: Any, right: Any) -> None:
    shift = visits.start_ms if name == "event_time" else None
    values = [value + shift if shift is not None else value for value in (left, right)]
    rows = visits.rows([{"request_id": "1", name: values[0]}, {"request_id": "1", name: values[1]}])
    (outcome,) = visits.publish(lake, "r1", rows)
    assert (outcome.conflicting, outcome.duplicates) == (1, Counter({"a": 1}))
    again = visits.rows([{"request_id": "1", name: values[0]}, {"request_id": "1", name: values[0]}])
    (outcome,) = visits.publish(lake, "r2", again)
    assert (outcome.conflicting, outcome.duplicates) == (0, Counter({"a": 1}))


def test_many_small_files_are_merged(lake: Lake, visits: Any) -> None:
    groups = [
        visits.rows([{"request_id": f"{n}", "source_object": f"{n}", "site": f"{n}.example.com"}]) for n in range(9)
    ]
    (eight,) = visits.publish(lake, "r1", *groups[:8])
    assert eight.version.files == 8
    (merged,) = visits.publish(lake, "r2", groups[8])
    assert list(contents(lake, merged.version.location)) == ["part-r2-w0000.parquet"]
    assert (merged.version.rows, merged.version.files, merged.rows_added, merged.rows_removed) == (9, 1, 1, 0)
    assert visits.seen(lake, "request_id", "site") == [(f"{n}", f"{n}.example.com") for n in range(9)]
    assert merged.version.source_digest == digest(*(f"{n}" for n in range(9)))
    assert merged.statistics.rows == 9


def test_a_file_larger_than_all_late_ones_together_is_not_written_anew(lake: Lake, visits: Any) -> None:
    def rows(start: int, count: int) -> pa.Table:
        paths = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(start, start + count)]
        return visits.rows([{"request_id": path, "path": path, "source_object": f"o{start}"} for path in paths])

    visits.publish(lake, "r00", rows(0, 5000))
    for number in range(1, 21):
        (outcome,) = visits.publish(lake, f"r{number:02}", rows(10_000 + number, 1))
    names = list(contents(lake, outcome.version.location))
    assert any(name.startswith("part-r00-") for name in names), "taken over as it is"
    assert len(names) <= version.TOO_MANY_SMALL_FILES
    assert outcome.version.rows == 5020


def test_merged_files_keep_to_the_target_size(lake: Lake, visits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [visits.rows([{"request_id": f"{n}"}]) for n in range(9)]
    jobs = visits.jobs(lake, "r1", *groups)
    size = max(item.size_bytes for item in lake.store.list("_loglake/staging/") if isinstance(item, ObjectInfo))
    monkeypatch.setattr(version, "TARGET_FILE_BYTES", size * 3)
    (outcome,) = [build_version(job) for job in jobs]
    assert outcome.version is not None
    assert (outcome.version.files, outcome.version.rows) == (3, 9)


def test_large_files_are_not_merged(lake: Lake, visits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "SMALL_FILE_BYTES", 1)
    (outcome,) = visits.publish(lake, "r1", *(visits.rows([{"request_id": f"{n}"}]) for n in range(12)))
    assert outcome.version.files == 12


def test_two_attempts_write_the_same_files(lake: Lake, visits: Any) -> None:
    visits.publish(lake, "r1", visits.rows([{"request_id": f"{n}", "source_object": "ab"[n % 2]} for n in range(5)]))
    jobs = visits.jobs(
        lake,
        "r2",
        visits.rows([{"request_id": "1", "status": 500}]),
        visits.rows([{"request_id": "9", "source_object": "c"}]),
    )
    first = [build_version(job) for job in jobs]
    written = contents(lake, first[0].version.location)  # type: ignore[union-attr]
    second = [build_version(job) for job in jobs]
    assert second == first
    assert contents(lake, first[0].version.location) == written  # type: ignore[union-attr]
    assert len(written) == 3


def test_rows_of_many_row_groups_are_rewritten_in_bounded_pieces(
    lake: Lake, visits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 10)
    groups = [
        visits.rows(
            [
                {"request_id": f"{n}", "source_object": f"{n % 3}", "site": f"{n % 7}.example.com"}
                for n in range(at, at + 10)
            ]
        )
        for at in range(0, 50, 10)
    ]
    visits.publish(lake, "r1", pa.concat_tables(groups))
    visits.publish(lake, "r2", objects=["1"], touched=[visits.hour])
    expected = sorted((f"{n}", f"{n % 7}.example.com") for n in range(50) if n % 3 != 1)
    assert visits.seen(lake, "request_id", "site") == expected


@pytest.mark.parametrize("deed", ["deleted", "added"])
def test_a_file_deleted_or_added_by_hand_stops_the_run(lake: Lake, visits: Any, deed: str) -> None:
    (outcome,) = visits.publish(lake, "r1", visits.rows([{"request_id": "1"}]), visits.rows([{"request_id": "2"}]))
    key = next(item.key for item in lake.store.list(outcome.version.location + "/"))
    if deed == "deleted":
        lake.store.delete([key])
    else:
        lake.store.copy(key, f"{outcome.version.location}/part-more.parquet")
    (job,) = visits.jobs(lake, "r2", visits.rows([{"request_id": "3"}]))
    with pytest.raises(LossError, match=r"holds \d rows at .*, but the catalog says 2"):
        build_version(job)


def test_a_file_that_the_lake_did_not_write_is_named(lake: Lake, visits: Any, tmp_path: Path) -> None:
    (outcome,) = visits.publish(lake, "r1", visits.rows([{"request_id": "1"}]))
    foreign = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), foreign)
    (job,) = visits.jobs(lake, "r2", visits.rows([{"request_id": "3"}]))
    for data in (foreign.getvalue().to_pybytes(), b"PAR1 but no Parquet"):
        lake.store.write(f"{outcome.version.location}/part-foreign.parquet", data)
        with pytest.raises(DamageError, match=r"part-foreign\.parquet"):
            build_version(job)


def test_what_file_managers_leave_in_a_folder_is_not_seen(lake: Lake, visits: Any) -> None:
    (outcome,) = visits.publish(lake, "r1", visits.rows([{"request_id": "1"}]))
    lake.store.write(f"{outcome.version.location}/.DS_Store", b"left by a file manager")
    lake.store.write(f"{outcome.version.location}/copy.parquet", b"left by a user")
    visits.publish(lake, "r2", visits.rows([{"request_id": "2", "source_object": "another"}]))
    assert visits.seen(lake, "request_id") == ["1", "2"]


def test_a_damaged_version_is_made_anew_by_a_run_that_has_all_of_it(lake: Lake, visits: Any) -> None:
    both = (visits.rows([{"request_id": "1"}]), visits.rows([{"request_id": "2"}]))
    (outcome,) = visits.publish(lake, "r1", *both)
    lake.store.delete([next(item.key for item in lake.store.list(outcome.version.location + "/"))])
    (job,) = visits.jobs(lake, "r2", *both)
    with pytest.raises(LossError, match="take the hour in again"):
        build_version(job)
    made = build_version(replace(job, is_complete=True))
    assert made.version is not None
    assert made.version.rows == 2


def test_a_wrong_count_is_told_before_anything_is_published(
    lake: Lake, visits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits.publish(lake, "r1", visits.rows([{"request_id": "1"}, {"request_id": "2", "source_object": "b"}]))
    (job,) = visits.jobs(lake, "r2", objects=["b"], touched=[visits.hour])
    monkeypatch.setattr(input_file, "iterate_rows", lambda *_: iter(()))
    with pytest.raises(LossError, match="0 rows written, 1 expected"):
        build_version(job)


def test_a_partition_of_an_older_table_takes_new_columns(lake: Lake, visits: Any) -> None:
    older = Table(
        "visits",
        "",
        tuple(c for c in visits.table.columns if c.name not in {"extra", "ingest_run"}),
        "event_time",
        visits.table.key,
    )
    rows = visits.rows([{"request_id": "1"}, {"request_id": "2", "source_object": "b"}])
    (job,) = visits.jobs(lake, "r1", rows)
    with parquet.PartFile(lake.store, job.staged[0].key, older) as part:
        part.write(rows.select(list(older.column_names)))
    lake.catalog.swap("visits", [v for v in [build_version(job).version] if v])
    visits.publish(lake, "r2", visits.rows([{"request_id": "2", "source_object": "b", "extra": [("k", "v")]}]))
    assert visits.seen(lake, "request_id") == ["1", "2"]
    assert [row for table in visits.files(lake).values() for row in table["extra"].to_pylist() if row] == [[("k", "v")]]


def test_tables_without_key_or_objects_keep_every_row(lake: Lake, visits: Any) -> None:
    keyless = replace(visits.table, key=(), prefer_column=None, prefer=())
    rows = visits.rows([{"request_id": "1"}, {"request_id": "1"}])
    (job,) = visits.jobs(lake, "r1", rows)
    outcome = build_version(replace(job, table=keyless))
    assert (outcome.statistics.rows, outcome.duplicates) == (2, Counter())


# --- convergence -----------------------------------------------------------------------------------------------------

objects_strategy = st.dictionaries(
    st.sampled_from("abcd"),
    st.lists(
        st.tuples(st.sampled_from("1234"), st.sampled_from(["v1", "v2"]), st.integers(0, 1)),
        min_size=1,
        max_size=4,
    ),
    min_size=2,
    max_size=3,
)


def rows_of(visits: Any, objects: dict[str, list[tuple[str, str, int]]], names: list[str]) -> pa.Table:
    return pa.concat_tables(
        [
            visits.rows(
                [
                    {
                        "request_id": request,
                        "source_format": kind,
                        "source_object": name,
                        "event_time": visits.start_ms + hour * 3_600_000,
                    }
                    for request, kind, hour in objects[name]
                ]
            )
            for name in names
        ]
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(objects=objects_strategy, data=st.data())
def test_any_order_batching_and_replay_gives_the_same_rows(
    visits: Any, tmp_path: Path, objects: dict[str, list[tuple[str, str, int]]], data: st.DataObject
) -> None:
    def lake_of(batches: list[list[str]]) -> list[Any]:
        lake = open_lake(str(tmp_path / new_run_id(visits.hour.start)))
        lake.ensure_tables([visits.table])
        for number, names in enumerate(batches):
            hours = list(lake.catalog.partitions("visits"))
            added = visits.publish(lake, f"r{number}", rows_of(visits, objects, names), touched=hours)
            given_rows = sum(len(objects[name]) for name in names)
            assert sum(o.rows_added + o.duplicates.total() for o in added) == given_rows
        return visits.seen(lake, "event_time", "request_id", "source_format", "source_object", "source_line")  # type: ignore[no-any-return]

    names = sorted(objects)
    order = data.draw(st.permutations(names))
    replayed = data.draw(st.sampled_from(names))
    expected = lake_of([names])
    assert lake_of([[name] for name in order]) == expected
    assert lake_of([order[:2], *([name] for name in order[2:]), [replayed]]) == expected
