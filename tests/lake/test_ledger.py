from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import DamageError, StorageError
from shared.lake.ledger import Ledger, LedgerEntry, Status, identity_digest
from shared.storage import ObjectInfo, Store, open_store

MODIFIED = datetime(2026, 11, 20, 8, 1, 2, 345678, tzinfo=UTC)


def entry(key: str, etag: str = "e1", status: Status = Status.TAKEN, **more: object) -> LedgerEntry:
    return replace(LedgerEntry(key, etag, 10, MODIFIED, status, root="/raw"), **more)


def displaced(key: str, *winners: str) -> LedgerEntry:
    return LedgerEntry(key, "", 0, datetime.fromtimestamp(0, UTC), Status.DISPLACED, lost_to=winners)


def knows(ledger: Ledger, *objects: tuple[str, str]) -> list[bool]:
    return ledger.knows([ObjectInfo(key, etag, 10, MODIFIED) for key, etag in objects])


@pytest.fixture
def local(tmp_path: object) -> Store:
    return open_store(f"{tmp_path}/lake")


def committed(store: Store, *runs: tuple[str, list[LedgerEntry]]) -> Ledger:
    ledger = Ledger.load(store, "cloudfront")
    for run, entries in runs:
        ledger.write(run, entries)
        ledger.commit(run)
    return ledger


def test_an_empty_ledger_knows_nothing(store: Store) -> None:
    ledger = Ledger.load(store, "cloudfront")
    assert knows(ledger, ("a", "e1")) == [False]
    assert ledger.knows([]) == []
    assert ledger.entries_of(["a"]) == {}
    assert ledger.losers_to({"a"}) == set()
    assert list(ledger.current()) == []


def test_an_object_is_known_in_the_version_that_is_in(store: Store) -> None:
    written = committed(
        store, ("r1", [entry("a"), entry("b", status=Status.DAMAGED), entry("c", status=Status.MISSING)])
    )
    for ledger in (written, Ledger.load(store, "cloudfront")):
        assert knows(ledger, ("a", "e1"), ("b", "e1"), ("c", "e1"), ("a", "e2"), ("d", "e1")) == [
            True,
            True,
            False,
            False,
            False,
        ]
        assert ledger.knows([ObjectInfo("a", "e1", 11, MODIFIED)]) == [False]
    assert knows(Ledger.load(store, "amplify"), ("a", "e1")) == [False]


def test_a_run_counts_only_once_it_is_committed(local: Store) -> None:
    ledger = Ledger.load(local, "cloudfront")
    noted = entry("a", partitions=("2026-11-20T07",), lost_to=("b",))
    ledger.write("r1", [noted])
    for seen in (ledger, Ledger.load(local, "cloudfront")):
        assert knows(seen, ("a", "e1")) == [False]
        assert list(seen.current()) == []
        # A run that died may have published: what it touched and displaced counts.
        assert seen.entries_of(["a"]) == {"a": [noted]}
        assert seen.losers_to({"b"}) == {"a"}
    ledger.commit("r1")
    ledger.commit("r1")
    for seen in (ledger, Ledger.load(local, "cloudfront")):
        assert knows(seen, ("a", "e1")) == [True]
        assert list(seen.current()) == [noted]


@pytest.mark.parametrize("reload", [False, True])
def test_an_object_back_at_an_earlier_content_is_not_known(local: Store, reload: bool) -> None:
    ledger = committed(local, ("r1", [entry("a", "e1")]), ("r2", [entry("a", "e2")]))
    ledger = Ledger.load(local, "cloudfront") if reload else ledger
    assert knows(ledger, ("a", "e1"), ("a", "e2")) == [False, True]


@pytest.mark.parametrize("reload", [False, True])
def test_an_object_that_a_dead_run_had_taken_again_is_not_known(local: Store, reload: bool) -> None:
    ledger = committed(local, ("r1", [entry("a"), entry("b")]))
    # r2 takes the same version again, publishes some partitions and dies.
    ledger.write("r2", [entry("a")])
    ledger = Ledger.load(local, "cloudfront") if reload else ledger
    assert knows(ledger, ("a", "e1"), ("b", "e1")) == [False, True]
    ledger.write("r3", [entry("a")])
    ledger.commit("r3")
    assert knows(ledger, ("a", "e1"), ("b", "e1")) == [True, True]
    assert knows(Ledger.load(local, "cloudfront"), ("a", "e1")) == [True]


def test_of_many_objects_each_counts_in_its_newest_version(local: Store) -> None:
    names = [f"object {number}" for number in range(300)]
    runs = [(f"r{n}", [entry(name, f"e{n}") for name in names[n * 50 :]]) for n in range(5)]
    newest = [f"e{min(number // 50, 4)}" for number in range(300)]
    for ledger in (committed(local, *runs), Ledger.load(local, "cloudfront")):
        assert all(knows(ledger, *zip(names, newest, strict=True)))
        assert sum(knows(ledger, *((name, "e0") for name in names))) == 50


def test_an_object_that_could_not_be_read_again_is_not_known(local: Store) -> None:
    ledger = committed(local, ("r1", [entry("a")]), ("r2", [entry("a", status=Status.MISSING)]))
    assert knows(ledger, ("a", "e1")) == [False]


def test_being_displaced_does_not_make_an_object_unknown(local: Store) -> None:
    committed(local, ("r1", [entry("a")]), ("r2", [entry("b"), displaced("a", "b")]))
    ledger = Ledger.load(local, "cloudfront")
    assert knows(ledger, ("a", "e1"), ("a", "")) == [True, False]
    assert {e.key: e.status for e in ledger.current()} == {"a": Status.TAKEN, "b": Status.TAKEN}


runs_strategy = st.lists(
    st.tuples(
        st.booleans(),
        st.dictionaries(
            st.sampled_from("abc"), st.tuples(st.sampled_from(["e1", "e2"]), st.sampled_from(list(Status))), max_size=3
        ),
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(runs=runs_strategy)
def test_the_newest_run_that_had_an_object_decides(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[bool, dict[str, tuple[str, Status]]]]
) -> None:
    store = open_store(str(tmp_path_factory.mktemp("lake")))
    ledger = Ledger.load(store, "cloudfront")
    expected: dict[str, str | None] = {}
    for number, (is_committed, objects) in enumerate(runs):
        ledger.write(f"r{number}", [entry(key, etag, status) for key, (etag, status) in objects.items()])
        if is_committed:
            ledger.commit(f"r{number}")
        for key, (etag, status) in objects.items():
            if status is not Status.DISPLACED:
                expected[key] = etag if is_committed and status in (Status.TAKEN, Status.DAMAGED) else None
    asked = [(key, etag) for key in "abcd" for etag in ("e1", "e2")]
    for seen in (ledger, Ledger.load(store, "cloudfront")):
        assert knows(seen, *asked) == [expected.get(key) == etag for key, etag in asked]


def test_entries_come_back_as_they_were_oldest_first(local: Store) -> None:
    full = entry(
        "s3://example-raw/é/a.gz",
        reasons=("cut_line", "not_json"),
        salvaged=True,
        records=9,
        rows=4,
        duplicates=3,
        quarantined=1,
        ignored=1,
        partitions=("2026-11-20T07", "2026-11-20T08"),
        quarantine_partition="2026-11-21T00",
        lost_to=("b", "c"),
        parser_version=7,
    )
    newer = replace(full, etag="e2", partitions=())
    committed(local, ("r1", [entry("x"), full]), ("r2", [newer]), ("r3", [entry("y")]))
    ledger = Ledger.load(local, "cloudfront")
    assert ledger.entries_of([full.key, "nobody"]) == {full.key: [full, newer]}
    assert sorted(e.key + e.etag for e in ledger.current()) == ["s3://example-raw/é/a.gze2", "xe1", "ye1"]


def test_losers_are_found_in_every_run(local: Store) -> None:
    # c lost to b, b later to a; d lost to c in a run that died; x has nothing to do with it.
    ledger = committed(local, ("r1", [entry("b"), entry("c", lost_to=("b",)), entry("x", lost_to=("y",))]))
    ledger.write("r2", [entry("d", lost_to=("c", "q"))])
    ledger.write("r3", [entry("a"), displaced("b", "a")])
    assert ledger.losers_to({"a"}) == {"b"}
    assert ledger.losers_to({"c"}) == {"d"}
    assert ledger.losers_to({"d"}) == set()
    assert ledger.losers_to({"a", "b"}) == {"b", "c"}, "one that is among the winners, too"


def test_a_run_is_written_once(store: Store) -> None:
    ledger = committed(store, ("r1", [entry("a")]))
    with pytest.raises(StorageError, match="already has a run r1"):
        ledger.write("r1", [entry("b")])
    assert knows(Ledger.load(store, "cloudfront"), ("a", "e1"), ("b", "e1")) == [True, False]


@pytest.mark.parametrize("damage", ["cut", "flipped", "text"])
def test_a_damaged_object_is_an_error_with_a_remedy(local: Store, damage: str) -> None:
    committed(local, ("r1", [entry(f"{n}") for n in range(50)]))
    key = "_loglake/ledger/cloudfront/r1.parquet"
    data = local.read(key)
    broken = {"cut": data[: len(data) // 2], "flipped": data[:4] + b"\xff" * 2000 + data[2004:], "text": b"no Parquet"}
    local.write(key, broken[damage])
    with pytest.raises(DamageError, match=r"ledger object .*r1\.parquet is damaged") as failed:
        Ledger.load(local, "cloudfront")
    assert "restore it" in failed.value.remedy


def test_an_identity_is_key_version_and_size() -> None:
    digests = {
        identity_digest("a", "b", 1),
        identity_digest("ab", "", 1),
        identity_digest("a", "b", 11),
        identity_digest("a", "b1", 1),
    }
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {16}


def test_a_run_is_listed_with_its_entries_whether_it_took_effect_or_not(local: Store) -> None:
    ledger = committed(local, ("r1", [entry("a"), displaced("b", "a")]))
    ledger.write("r2", [entry("c")])
    for seen in (ledger, Ledger.load(local, "cloudfront")):
        assert (seen.runs, seen.committed, seen.last_run) == (("r1", "r2"), frozenset({"r1"}), "r2")
        assert seen.entries("r1") == [entry("a"), displaced("b", "a")]
        assert [(e.key, e.run) for e in seen.entries("r2")] == [("c", "r2")]
        assert [(e.key, e.run) for e in seen.current()] == [("a", "r1")]
        assert [e.run for e in seen.entries_of(["c"])["c"]] == ["r2"]
