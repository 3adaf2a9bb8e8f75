from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import DamageError
from shared.lake import ledger as ledger_module
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.storage import ObjectInfo, Prefix, Store, open_store
from shared.storage.local import LocalStore

MODIFIED = datetime(2026, 11, 20, tzinfo=UTC)
INDEXES = "_loglake/ledger-index/cloudfront/"


def entry(key: str, etag: str = "e1", status: Status = Status.TAKEN, lost_to: tuple[str, ...] = ()) -> LedgerEntry:
    return LedgerEntry(key, etag, 10, MODIFIED, status, root="/raw", rows=1, lost_to=lost_to)


def load(store: Store) -> Ledger:
    return Ledger.load(store, "cloudfront")


def keys(store: Store, prefix: str) -> list[str]:
    return [item.key for item in store.list(prefix) if isinstance(item, ObjectInfo)]


def commit(ledger: Ledger, run: str, *entries: LedgerEntry) -> None:
    ledger.write(run, entries)
    ledger.commit(run)


@dataclass(frozen=True)
class CountingStore(LocalStore):
    """A folder that counts what is read of it."""

    reads: Counter[str] = field(default_factory=Counter)

    def read(self, key: str, *, start: int | None = None, length: int | None = None) -> bytes:
        self.reads[key.rpartition("/")[2]] += 1
        return super().read(key, start=start, length=length)


@pytest.fixture
def local(tmp_path: Path) -> CountingStore:
    return CountingStore(f"{tmp_path}/lake")


def answers(ledger: Ledger) -> tuple[object, ...]:
    """All that a ledger of these tests can be asked."""
    objects = [ObjectInfo(key, etag, 10, MODIFIED) for key in "abcd" for etag in ("e1", "e2")]
    return (
        ledger.runs,
        ledger.committed,
        ledger.dead,
        ledger.knows(objects),
        {key: [(e, e.run) for e in entries] for key, entries in ledger.entries_of("abcd").items()},
        [ledger.losers_to({key}) for key in "abcd"],
        sorted((e.key, e.etag, e.status, e.run) for e in ledger.current()),
        ledger.has_rows(),
        [ledger.hours_of_all_but({key, "d"}) for key in "abc"],
        sorted(e.key for e in ledger.current(lambda table: pc.equal(table["etag"], "e2"))),
    )


def test_a_load_reads_the_index_and_the_runs_behind_it(local: CountingStore) -> None:
    ledger = load(local)
    for number in range(5):
        commit(ledger, f"r{number}", entry("ab"[number % 2]), entry("c", lost_to=("d",) if number == 3 else ()))
    ledger.checkpoint()
    commit(ledger, "r5", entry("x"))
    ledger.write("r6", [entry("y")])

    local.reads.clear()
    loaded = load(local)
    assert local.reads == {"r4.arrow": 1, "r5.parquet": 1, "r6.parquet": 1}
    assert answers(loaded) == answers(ledger)

    # What is asked of the runs reads those that have it.
    local.reads.clear()
    assert [e.run for e in loaded.entries_of(["a"])["a"]] == ["r0", "r2", "r4"]
    assert local.reads == {"r0.parquet": 1, "r2.parquet": 1, "r4.parquet": 1}
    local.reads.clear()
    assert loaded.losers_to({"d"}) == {"c"}
    assert (loaded.losers_to({"a"}), loaded.entries_of(["q"])) == (set(), {})
    assert local.reads == {"r3.parquet": 1}


def test_whether_there_are_rows_is_told_by_the_newest_runs(local: CountingStore) -> None:
    ledger = load(local)
    for number in range(40):
        commit(ledger, f"r{number:02}", entry("a"))
    local.reads.clear()
    assert ledger.has_rows()
    assert len(local.reads) < 20
    assert "r39.parquet" in local.reads


def test_the_newest_two_indexes_stay(store: Store) -> None:
    ledger = load(store)
    ledger.checkpoint()
    assert keys(store, INDEXES) == []
    for number in range(4):
        commit(ledger, f"r{number}", entry("a", f"e{number}"))
        ledger.checkpoint()
    assert keys(store, INDEXES) == [f"{INDEXES}r2.arrow", f"{INDEXES}r3.arrow"]
    assert answers(load(store)) == answers(ledger)


def test_an_index_is_due_after_many_runs_or_entries(local: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "CHECKPOINT_RUNS", 3)
    monkeypatch.setattr(ledger_module, "CHECKPOINT_ENTRIES", 10)

    def made(ledger: Ledger, run: str, entries: int) -> bool:
        before = keys(local, INDEXES)
        commit(ledger, run, *(entry(f"{run} {number}") for number in range(entries)))
        ledger.checkpoint_if_due()
        return keys(local, INDEXES) != before

    ledger = load(local)
    assert [made(ledger, f"r{number}", 1) for number in range(6)] == [False, False, True, False, False, True]
    assert [made(ledger, "r6", 9), made(ledger, "r7", 1)] == [False, True]
    assert [made(load(local), f"s{number}", 1) for number in range(3)] == [False, False, True]


def test_an_index_that_cannot_be_written_is_no_failure(local: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "CHECKPOINT_RUNS", 1)
    ledger = load(local)
    commit(ledger, "r1", entry("a"))
    folder = Path(local.uri) / INDEXES
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"in the way")
    ledger.checkpoint_if_due()
    folder.unlink()
    assert answers(load(local)) == answers(ledger)
    ledger.checkpoint_if_due()
    assert keys(local, INDEXES) == [f"{INDEXES}r1.arrow"]


def damaged(data: bytes) -> dict[str, bytes]:
    middle = len(data) // 2
    return {
        "cut": data[:middle],
        "longer": data + b"\0",
        "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "text": b"no index",
        "empty": b"",
    }


@pytest.mark.parametrize("damage", [*damaged(b"00"), "other source", "other format"])
def test_an_index_that_does_not_count_is_passed_over(local: CountingStore, damage: str) -> None:
    ledger = load(local)
    for number in range(3):
        commit(ledger, f"r{number}", entry("a", f"e{number}"))
        ledger.checkpoint()
    newest = f"{INDEXES}r2.arrow"
    if damage == "other source":
        other = Ledger.load(local, "amplify")
        commit(other, "r2", entry("a", "e7"))
        other.checkpoint()
        local.write(newest, local.read("_loglake/ledger-index/amplify/r2.arrow"))
    elif damage == "other format":
        local.write(newest, of_another_format())
    else:
        local.write(newest, damaged(local.read(newest))[damage])

    local.reads.clear()
    loaded = load(local)
    assert local.reads == {"r2.arrow": 1, "r1.arrow": 1, "r2.parquet": 1}
    assert answers(loaded) == answers(ledger)
    assert len(loaded.index_problems) == 1
    assert "r2.arrow is passed over: " in loaded.index_problems[0]

    # Nobody needs an index.
    local.write(f"{INDEXES}r1.arrow", b"")
    assert len(load(local).index_problems) == 2
    local.delete(keys(local, INDEXES))
    assert load(local).index_problems == ()
    assert answers(load(local)) == answers(ledger)


def of_another_format() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("run_id", pa.large_list(pa.string()))])) as stream:
        stream.write_batch(pa.record_batch([pa.array([["r0"]], pa.large_list(pa.string()))], names=["run_id"]))
    content = sink.getvalue().to_pybytes()
    return content + hashlib.sha256(content).digest()


def test_an_index_of_runs_that_have_changed_does_not_count(local: CountingStore) -> None:
    folder = "_loglake/ledger/cloudfront/"
    ledger = load(local)
    commit(ledger, "r1", entry("a"))
    ledger.write("r2", [entry("b")])
    commit(ledger, "r3", entry("c"))
    ledger.checkpoint()
    assert load(local).index_problems == ()

    # A run without outcome gets one.
    ledger.commit("r2")
    loaded = load(local)
    assert len(loaded.index_problems) == 1
    assert loaded.knows([ObjectInfo("b", "e1", 10, MODIFIED)]) == [True]

    # A run comes late, and goes.
    loaded.checkpoint()
    late = Ledger(local, "cloudfront")
    commit(late, "r0", entry("z"))
    assert load(local).knows([ObjectInfo("z", "e1", 10, MODIFIED)]) == [True]
    local.delete(keys(local, f"{folder}r0"))
    assert load(local).index_problems == ()
    local.delete(keys(local, f"{folder}r3"))
    assert answers(load(local))[0] == ("r1", "r2")
    local.delete(keys(local, folder))
    assert answers(load(local)) == answers(Ledger(local, "cloudfront"))


def test_a_run_that_is_damaged_behind_the_index_is_an_error(local: CountingStore) -> None:
    ledger = load(local)
    commit(ledger, "r1", entry("a"))
    ledger.checkpoint()
    commit(ledger, "r2", entry("b"))
    local.write("_loglake/ledger/cloudfront/r2.parquet", b"damaged")
    with pytest.raises(DamageError, match=r"ledger object .*r2\.parquet is damaged"):
        load(local)


class BusyStore(CountingStore):
    """A folder in which another run commits and makes an index between the two listings of a load."""

    def list(
        self, prefix: str = "", *, start_after: str = "", delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        found = list(super().list(prefix, start_after=start_after, delimiter=delimiter))
        writer = Ledger.load(LocalStore(self.uri), "cloudfront")
        commit(writer, f"{writer.last_run}+", entry("z"))
        writer.checkpoint()
        return iter(found)


def test_a_load_while_a_run_commits_sees_the_ledger_before_or_after(local: CountingStore) -> None:
    ledger = load(local)
    commit(ledger, "r1", entry("a"))
    ledger.checkpoint()
    seen = load(BusyStore(local.uri))
    assert (seen.runs, seen.index_problems) == (("r1", "r1+"), ())


objects_of_a_run = st.dictionaries(
    st.sampled_from("abc"),
    st.tuples(
        st.sampled_from(["e1", "e2"]),
        st.sampled_from(list(Status)),
        st.lists(st.sampled_from("abcd"), max_size=2, unique=True),
    ),
    max_size=3,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["write", "commit", "commit"]), objects_of_a_run),
        st.tuples(st.sampled_from(["bury", "checkpoint", "checkpoint", "damage", "reload"]), st.just({})),
    ),
    max_size=12,
)


@dataclass
class Model:
    """The ledger as lists: what it says, in the plainest way to say it."""

    runs: dict[str, list[LedgerEntry]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def write(self, run: str, entries: list[LedgerEntry], outcome: str) -> None:
        self.runs[run], self.outcomes[run] = entries, outcome

    def bury_dead(self) -> list[str]:
        dead = [run for run, outcome in self.outcomes.items() if outcome == "open"]
        self.outcomes |= dict.fromkeys(dead, "dead")
        return dead

    def of(self, outcome: str) -> set[str]:
        return {run for run, found in self.outcomes.items() if found == outcome}

    def newest(self, key: str, runs: set[str]) -> list[tuple[LedgerEntry, str]]:
        own = [(e, run) for e, run in self.entries_of(key) if run in runs and e.status is not Status.DISPLACED]
        return own[-1:]

    def entries_of(self, key: str) -> list[tuple[LedgerEntry, str]]:
        return [(e, run) for run, entries in self.runs.items() for e in entries if e.key == key]

    def knows(self, key: str, etag: str) -> bool:
        return any(
            e.etag == etag and e.status in (Status.TAKEN, Status.DAMAGED) and run in self.of("committed")
            for e, run in self.newest(key, set(self.runs))
        )

    def answers(self) -> tuple[object, ...]:
        current = [found for key in "abcd" for found in self.newest(key, self.of("committed"))]
        every = [e for entries in self.runs.values() for e in entries]
        return (
            tuple(self.runs),
            self.of("committed"),
            self.of("dead"),
            [self.knows(key, etag) for key in "abcd" for etag in ("e1", "e2")],
            {key: entries for key in "abcd" if (entries := self.entries_of(key))},
            [{e.key for e in every if key in e.lost_to} for key in "abcd"],
            sorted((e.key, e.etag, e.status, run) for e, run in current),
            any(e.rows for e, _ in current),
            [{hour for e, _ in current if e.key != key for hour in e.partitions} for key in "abc"],
            [e.key for e, _ in current if e.etag == "e2"],
        )


@settings(max_examples=40, deadline=None)
@given(history=steps)
def test_whatever_happened_a_ledger_with_indexes_says_what_its_runs_say(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[str, dict[str, tuple[str, Status, list[str]]]]],
) -> None:
    store, model = open_store(str(tmp_path_factory.mktemp("lake"))), Model()
    ledger = load(store)
    for number, (deed, objects) in enumerate(history):
        run = f"r{number:02}"
        if deed in ("write", "commit"):
            entries = [
                replace(
                    entry(key, etag, status, tuple(lost_to)), rows=number % 2, partitions=(f"2026-11-20T{number:02}",)
                )
                for key, (etag, status, lost_to) in objects.items()
            ]
            ledger.write(run, entries)
            if deed == "commit":
                ledger.commit(run)
            model.write(run, entries, "committed" if deed == "commit" else "open")
        elif deed == "bury":
            assert ledger.bury_dead() == model.bury_dead()
        elif deed == "checkpoint":
            ledger.checkpoint()
        elif deed == "damage":
            for key in keys(store, INDEXES)[-1:]:
                store.write(key, store.read(key)[:-1])
        else:
            ledger = load(store)
    assert answers(ledger) == answers(load(store)) == model.answers()
