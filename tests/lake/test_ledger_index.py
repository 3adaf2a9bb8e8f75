from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.lake.ledger_entry import (
    Digests,
    Status,
    as_digests,
    as_identities,
    digests_of,
    identity_digest,
    key_digest,
)
from shared.lake.ledger_index import NOT_IN, LedgerIndex, Postings, RunFacts

KEYS = [f"s3://example-raw/{number}" for number in range(12)]


def facts(objects: dict[str, tuple[str, Status]], winners: set[str]) -> RunFacts:
    status = [found for _, found in objects.values()]
    return RunFacts(
        as_digests(key_digest(key) for key in objects),
        as_identities(as_digests(identity_digest(key, etag, 1) for key, (etag, _) in objects.items())),
        np.array([found is not Status.DISPLACED for found in status], np.bool_),
        np.array([found in (Status.TAKEN, Status.DAMAGED) for found in status], np.bool_),
        np.sort(as_digests(map(key_digest, winners))),
    )


def sorted_by_digest(pairs: list[tuple[str, int]]) -> tuple[Digests, np.ndarray[tuple[int], np.dtype[np.int32]]]:
    keys = as_digests(key_digest(key) for key, _ in pairs)
    order = np.argsort(keys, kind="stable")
    return keys[order], np.array([run for _, run in pairs], np.int32)[order]


lots_of_runs = st.lists(st.lists(st.frozensets(st.sampled_from(KEYS)), max_size=3), max_size=4)


@settings(max_examples=60, deadline=None)
@given(lots=lots_of_runs, asked=st.frozensets(st.sampled_from([*KEYS, "s3://example-raw/unknown"])))
def test_runs_are_found_by_digest_however_they_came_in(lots: list[list[frozenset[str]]], asked: frozenset[str]) -> None:
    postings, runs = Postings(), list[frozenset[str]]()
    for lot in lots:
        known = set().union(*runs)
        former = postings.keys
        pairs = [(key, len(runs) + number) for number, keys in enumerate(lot) for key in sorted(keys)]
        came_in = postings.add(*sorted_by_digest(pairs))
        runs += lot
        new = np.sort(as_digests(map(key_digest, set().union(*lot) - known)))
        assert np.array_equal(np.insert(former, came_in, new), postings.keys)
    assert postings.runs_of(as_digests(map(key_digest, asked))) == [
        number for number, keys in enumerate(runs) if keys & asked
    ]
    assert len(postings.runs) == sum(map(len, runs))
    positions = postings.where(as_digests(map(key_digest, KEYS)))
    assert [position >= 0 for position in positions.tolist()] == [any(key in keys for keys in runs) for key in KEYS]


def test_of_many_entries_of_one_lot_the_newest_counts() -> None:
    index = LedgerIndex()
    runs = [(facts(dict.fromkeys(KEYS[number:], (f"e{number}", Status.TAKEN)), set()), True) for number in range(12)]
    index.add(0, runs[:4])
    index.add(4, runs[4:])
    keys = as_digests(map(key_digest, KEYS))
    for etag in range(12):
        identities = as_identities(as_digests(identity_digest(key, f"e{etag}", 1) for key in KEYS))
        assert index.is_in(keys, identities).tolist() == [number == etag for number in range(12)]


def test_a_run_that_takes_effect_late_does_not_decide_over_newer_ones() -> None:
    index = LedgerIndex()
    old = facts({KEYS[0]: ("e1", Status.TAKEN), KEYS[1]: ("e1", Status.TAKEN), KEYS[2]: ("e1", Status.MISSING)}, set())
    index.add(0, [(old, False), (facts({KEYS[0]: ("e2", Status.TAKEN)}, set()), True)])
    # As an index that was read: its arrays cannot be written to.
    index.in_as.flags.writeable = False
    index.commit(0, old)
    keys = as_digests(map(key_digest, KEYS[:3]))
    for etag, expected in (("e1", [False, True, False]), ("e2", [True, False, False])):
        identities = as_identities(as_digests(identity_digest(key, etag, 1) for key in KEYS[:3]))
        assert index.is_in(keys, identities).tolist() == expected


def test_an_object_that_is_not_in_has_no_identity() -> None:
    index = LedgerIndex()
    index.add(0, [(facts({KEYS[0]: ("e1", Status.MISSING)}, {KEYS[1]}), True)])
    keys = as_digests([key_digest(KEYS[0])])
    assert index.is_in(keys, np.array([NOT_IN])).tolist() == [False]
    assert index.winners.runs_of(as_digests([key_digest(KEYS[1])])) == [0]
    index.add(1, [])
    assert len(index.entries.keys) == 1


def test_digests_of_an_object_are_those_of_its_key_and_of_its_identity() -> None:
    key = "s3://example-raw/\udcff"
    assert digests_of(key, "e", 5) == (key_digest(key), identity_digest(key, "e", 5))
    assert len({key_digest("a"), key_digest("b"), identity_digest("a", "", 0), identity_digest("a\0", "0", 0)}) == 4
