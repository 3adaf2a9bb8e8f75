"""What keeps a lake right on a faulty wire, broken on purpose in each of the ways in which it might be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from shared.lake import catalog_glue
from shared.lake.catalog_glue import GlueCatalog
from shared.lake.catalog_glue_calls import GlueCalls
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.storage import aws, aws_retries, s3, s3_range_file
from shared.storage.s3 import S3Store
from shared.storage.s3_fetch import _BROKEN_OFF, Fetched
from tests.engine.mutants import commit_before_the_swap, note_written_after_the_swap
from tests.wire import battery

Patch = pytest.MonkeyPatch
Scenario = Callable[[battery.Site], None]


class Mutant(NamedTuple):
    """What is broken, by its name, and how; and the scenario of the battery that fails with it."""

    name: str
    apply: Callable[[Patch], None]
    found_by: Scenario


MUTANTS: list[Mutant] = []


def _found_by(scenario: Scenario) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def add(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS.append(Mutant(apply.__name__.replace("_", " "), apply, scenario))
        return apply

    return add


# The swap


@_found_by(battery.a_swap_that_fails_for_good_is_made_by_the_next_run)
def a_swap_in_two_steps(patch: Patch) -> None:
    """Partitions are dropped and then made anew, instead of changed in one call."""
    swap = GlueCatalog.swap

    def dropping(self: GlueCatalog, name: str, versions: Any, dropped: Any = (), former: Any = None) -> None:
        made = list(versions)
        swap(self, name, [], [*dropped, *(version.partition for version in made)], former)
        swap(self, name, made)

    patch.setattr(GlueCatalog, "swap", dropping)


# Broken as in the engine's own battery, which finds it without a wire.
_found_by(battery.a_note_that_fails_for_good_leaves_nothing_behind)(note_written_after_the_swap)
_found_by(battery.a_swap_that_fails_for_good_is_made_by_the_next_run)(commit_before_the_swap)


@_found_by(battery.a_batch_that_is_done_in_part_is_completed)
def errors_for_partitions_of_a_batch_overlooked(patch: Patch) -> None:
    """A batch that Glue did in part passes for done."""
    call = GlueCalls.call

    def careless(self: GlueCalls, operation: str, **how: Any) -> dict[str, Any]:
        answer = call(self, operation, **how)
        return {name: value for name, value in answer.items() if name not in ("Errors", "UnprocessedKeys")}

    patch.setattr(GlueCalls, "call", careless)


# The lease


@_found_by(battery.a_run_that_is_overtaken_changes_nothing_any_more)
def a_lease_that_nobody_confirms(patch: Patch) -> None:
    """A run that was overtaken goes on beside its successor: neither lease nor catalog nor ledger stops it."""
    patch.setattr(Lease, "confirm", lambda _self: None)
    patch.setattr(catalog_glue, "require_former", lambda *_: None)
    patch.setattr(Ledger, "bury_dead", lambda _self: [])


# The requests


@_found_by(battery.a_body_that_breaks_off_is_read_again)
def half_an_object_taken_for_all(patch: Patch) -> None:
    """Whatever arrived of a body that broke off is what is stored."""

    def careless(**request: Any) -> Fetched:
        found, data = aws.client("s3").get_object(**request), b""
        try:
            for piece in found["Body"].iter_chunks(64):
                data += piece
        except _BROKEN_OFF:
            found["Body"].close()
        return Fetched(data, found["ETag"].strip('"'))

    for module in (s3, s3_range_file):
        patch.setattr(module, "fetch", careless)


@_found_by(battery.an_answer_that_breaks_off_is_asked_for_again)
def half_an_answer_taken_for_all(patch: Patch) -> None:
    """A page of partitions that broke off passes for a table without partitions."""
    patch.setattr(aws_retries, "_lacking", lambda *_: None)


@_found_by(battery.an_answer_that_breaks_off_is_asked_for_again)
def requests_are_sent_once(patch: Patch) -> None:
    """The first error is the last."""
    patch.setattr(aws, "repeats", lambda _patience: lambda **_: None)


@_found_by(battery.a_request_is_given_up_after_some_attempts)
def requests_are_sent_for_ever(patch: Patch) -> None:
    """However often it failed, a request is sent again."""
    made = vars(aws)["repeats"]
    patch.setattr(aws, "repeats", lambda patience: made(replace(patience, attempts=10**9)))


@_found_by(battery.a_lost_answer_is_no_lost_race)
def a_put_whose_answer_is_lost_taken_for_a_lost_race(patch: Patch) -> None:
    """A second attempt meets what the first has written, and gives up."""
    patch.setattr(S3Store, "_etag_if_holding", lambda *_: None)
