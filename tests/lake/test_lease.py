from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.errors import LeaseHeldError, StorageError
from shared.lake.layout import lease_key
from shared.lake.lease import Lease, holders
from shared.storage import ObjectUnavailableError, Store, open_store

NAME = "cloudfront"
KEY = lease_key(NAME)
RENEW_S = 0.05
TERM_S = 0.8  # where a test waits for its end; elsewhere a slow machine must not end it


def lease(store: Any, holder: str, **options: Any) -> Lease:
    return Lease(store, NAME, holder, **{"term_s": 30.0, "renew_every_s": RENEW_S} | options)


def facts(store: Store) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(store.read(KEY))
    return found


def dead(store: Store, holder: str) -> Lease:
    """A lease whose holder stands still: it is neither renewed nor given back."""
    held = lease(store, holder, term_s=TERM_S, renew_every_s=3600)
    held.__enter__()
    return held


class Wrapped:
    """A store of which single calls are replaced."""

    def __init__(self, store: Store, **calls: Callable[..., Any]) -> None:
        self._store = store
        self.__dict__.update(calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_second_run_is_refused_while_the_first_lives(store: Store) -> None:
    with lease(store, "first") as held:
        with pytest.raises(
            LeaseHeldError, match="Another run is writing to 'cloudfront' \\(run first on host"
        ) as refused:
            lease(store, "second").__enter__()
        assert refused.value.exit_code == 3
        held.confirm()
    assert facts(store)["holder"] == "first"


def test_a_lease_given_back_is_free_at_once(store: Store) -> None:
    with lease(store, "first"):
        pass
    assert facts(store)["released"] is True
    started = time.monotonic()
    with lease(store, "second"):
        assert facts(store)["holder"] == "second"
    assert time.monotonic() - started < 5


def test_a_lease_is_given_back_when_the_run_fails(store: Store) -> None:
    with pytest.raises(RuntimeError, match="crash"), lease(store, "first"):
        raise RuntimeError("crash")
    assert facts(store)["released"] is True


def test_a_dead_holder_is_taken_over_after_the_term_and_can_publish_no_more(store: Store) -> None:
    first = dead(store, "first")
    started = time.monotonic()
    with lease(store, "second", term_s=TERM_S) as second:
        assert time.monotonic() - started >= TERM_S
        with pytest.raises(LeaseHeldError, match=r"This run lost its lease on 'cloudfront'"):
            first.confirm()
        second.confirm()
        first.__exit__(None, None, None)
        assert facts(store)["holder"] == "second"
        assert facts(store)["released"] is False


def test_who_stood_still_for_a_term_has_lost_the_lease_even_if_nobody_took_it(store: Store) -> None:
    held = dead(store, "first")
    held.confirm()
    time.sleep(TERM_S * 1.2)
    with pytest.raises(LeaseHeldError, match="stood still"):
        held.confirm()
    with pytest.raises(LeaseHeldError, match="stood still"):
        held.confirm()
    held.__exit__(None, None, None)


def test_the_lease_is_renewed_while_the_run_works(store: Store) -> None:
    with lease(store, "first"):
        before = facts(store)["renewals"]
        deadline = time.monotonic() + 5
        while facts(store)["renewals"] < before + 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert facts(store)["renewals"] >= before + 3


def test_one_of_many_racers_wins(store: Store) -> None:
    def race(number: int) -> Lease | None:
        try:
            return lease(store, f"racer {number}").__enter__()
        except LeaseHeldError:
            return None

    # First where there is no lease yet, then over one that was given back.
    for _ in range(2):
        with ThreadPoolExecutor(16) as pool:
            (winner,) = [won for won in pool.map(race, range(16)) if won is not None]
        winner.confirm()
        winner.__exit__(None, None, None)


def test_who_waits_gets_the_lease_as_soon_as_it_is_free(store: Store) -> None:
    first = lease(store, "first")
    with ThreadPoolExecutor(1) as pool:
        with first:
            waiting = pool.submit(lease(store, "second", wait_s=20).__enter__)
            time.sleep(0.3)
            assert not waiting.done()
        second = waiting.result(timeout=10)
    assert facts(store)["holder"] == "second"
    second.confirm()
    second.__exit__(None, None, None)


def test_a_passing_fault_of_the_storage_does_not_end_the_lease(tmp_path: Any) -> None:
    store = open_store(str(tmp_path))
    broken = [True]

    def replace(key: str, data: bytes, etag: str) -> str | None:
        if broken[0]:
            raise StorageError("away", remedy="wait")
        return store.replace(key, data, etag)

    with lease(Wrapped(store, replace=replace), "first") as held:
        time.sleep(RENEW_S * 4)
        with pytest.raises(StorageError, match="away"):
            held.confirm()
        broken[0] = False
        held.confirm()
        assert facts(store)["renewals"] > 0


def test_a_fault_does_not_stretch_the_term(tmp_path: Any) -> None:
    store = open_store(str(tmp_path))

    def away(*_arguments: Any) -> str | None:
        raise StorageError("away", remedy="wait")

    wrapped = Wrapped(store, replace=away)
    with lease(wrapped, "first", term_s=TERM_S) as held:
        # Failing renewals all along: others see nothing of them and take the lease over.
        time.sleep(TERM_S * 1.3)
        with pytest.raises(LeaseHeldError):
            held.confirm()


def test_the_term_counts_from_before_the_renewal(tmp_path: Any) -> None:
    store = open_store(str(tmp_path))

    def slow(key: str, data: bytes, etag: str) -> str | None:
        found = store.replace(key, data, etag)
        time.sleep(TERM_S * 1.3)  # the answer takes its time; another run may have taken over meanwhile
        return found

    wrapped = Wrapped(store)
    held = lease(wrapped, "first", term_s=TERM_S, renew_every_s=3600)
    held.__enter__()
    wrapped.replace = slow
    with pytest.raises(LeaseHeldError, match="stood still"):
        held.confirm()


def test_a_renewal_whose_answer_was_lost_does_not_lose_the_lease(store: Store) -> None:
    def lost(key: str, data: bytes, etag: str) -> str | None:
        assert store.replace(key, data, etag) is not None
        wrapped.replace = store.replace
        raise StorageError("no answer", remedy="wait")

    wrapped = Wrapped(store)
    held = lease(wrapped, "first", renew_every_s=3600)
    held.__enter__()
    wrapped.replace = lost
    with pytest.raises(StorageError, match="no answer"):
        held.confirm()
    held.confirm()
    assert facts(store)["holder"] == "first"


def test_a_lease_that_is_another_s_or_gone_is_lost_and_says_so(store: Store) -> None:
    held = lease(store, "first", renew_every_s=3600)
    held.__enter__()
    store.write(KEY, json.dumps({"holder": "second", "host": "example.com"}).encode())
    with pytest.raises(LeaseHeldError, match=r"run second on host example\.com took it over"):
        held.confirm()
    other = lease(store, "third", renew_every_s=3600, dead="second")
    other.__enter__()
    store.delete([KEY])
    with pytest.raises(LeaseHeldError, match="was deleted"):
        other.confirm()


def test_failing_to_give_back_is_no_failure_of_the_run(tmp_path: Any) -> None:
    store = open_store(str(tmp_path))
    wrapped = Wrapped(store)
    with lease(wrapped, "first", renew_every_s=3600):

        def away(*_arguments: Any) -> str | None:
            raise StorageError("away", remedy="wait")

        wrapped.replace = away
    assert facts(store)["released"] is False


def test_a_lease_object_that_cannot_be_read_counts_as_held_by_the_dead(store: Store) -> None:
    store.write(KEY, b"[no json")
    with lease(store, "second", term_s=TERM_S):
        assert facts(store)["holder"] == "second"


def test_holders_are_those_that_have_not_given_back(store: Store) -> None:
    assert holders(store) == []
    with lease(store, "first"), Lease(store, "shared-tables", "other"):
        assert sorted(holders(store)) == ["first", "other"]
    assert holders(store) == []


def test_a_lease_that_cannot_be_read_does_not_pass_for_free(store: Store) -> None:
    def unreadable(key: str) -> bytes:
        raise ObjectUnavailableError(f"cannot read {key}", remedy="wait")

    with lease(store, "first"), pytest.raises(ObjectUnavailableError):
        holders(Wrapped(store, read=unreadable))
