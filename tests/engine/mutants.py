"""The publish protocol with one step broken on purpose, in each of the ways in which it might be."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from shared.engine import batch, hour_files, refine, task
from shared.engine.batch import Batch
from shared.engine.refine import Refinery
from shared.errors import StorageError
from shared.lake import catalog_local, copies, ledger, ledger_entry, ledger_index, sweep, version
from shared.lake.catalog_local import LocalCatalog
from shared.lake.copies import DroppedCopies
from shared.lake.jobs import NOTHING_WITHHELD, PartitionOutcome
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.ledger_index import LedgerIndex
from shared.lake.tables import QUARANTINE
from shared.tables import Table
from tests.engine.battery import Scenario, crashes, faults, intake, other_runs

Patch = pytest.MonkeyPatch


class Mutant(NamedTuple):
    """A broken protocol: at which step and how, by its name, and the scenario of the battery that fails with it."""

    name: str
    apply: Callable[[Patch], None]
    found_by: Scenario


MUTANTS: list[Mutant] = []


def _found_by(scenario: Scenario) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def add(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS.append(Mutant(apply.__name__.replace("_", " "), apply, scenario))
        return apply

    return add


# Lease


def _without_confirmation(number: int) -> Callable[[Patch], None]:
    """Of the confirmations of a batch, in order, this one is left out."""

    def apply(patch: Patch) -> None:
        confirm, run = Lease.confirm, Batch.run
        calls: list[int] = []  # of each batch at work: another may begin and end meanwhile

        def counted_run(self: Batch) -> Any:
            calls.append(0)
            try:
                return run(self)
            finally:
                calls.pop()

        def counted_confirm(self: Lease) -> None:
            calls[-1] += 1
            if calls[-1] != number:
                confirm(self)

        patch.setattr(Batch, "run", counted_run)
        patch.setattr(Lease, "confirm", counted_confirm)

    return apply


MUTANTS += [
    Mutant(
        "swap without a look at the lease",
        _without_confirmation(1),
        other_runs.a_run_that_lost_its_lease_before_its_swap_changes_nothing,
    ),
    Mutant(
        "quarantine without a look at the lease after the wait for the shared one",
        _without_confirmation(2),
        other_runs.a_run_that_stood_still_before_the_shared_tables_leaves_them_alone,
    ),
    Mutant(
        "quarantine without a look at the shared lease",
        _without_confirmation(3),
        other_runs.a_run_that_lost_the_shared_lease_leaves_the_quarantine_alone,
    ),
    Mutant(
        "commit without a look at the lease",
        _without_confirmation(4),
        other_runs.a_run_that_lost_its_lease_before_its_commit_takes_no_effect,
    ),
]


@_found_by(other_runs.a_living_run_is_left_alone)
def lease_taken_over_without_watching(patch: Patch) -> None:
    patch.setattr(Lease, "_stays", lambda *_: True)


@_found_by(other_runs.a_dead_run_is_taken_over)
def lease_of_the_dead_never_taken_over(patch: Patch) -> None:
    patch.setattr(Lease, "_stays", lambda *_: False)


@_found_by(other_runs.a_run_of_another_source_is_waited_for)
def lease_on_the_shared_tables_not_asked_for(patch: Patch) -> None:
    def none_of_its_own(self: Lease) -> AbstractContextManager[Lease]:
        return nullcontext(self)

    patch.setattr(Lease, "shared_tables", none_of_its_own)


# Stage and build


@_found_by(faults.an_attempt_that_lost_writes_over_nothing)
def stage_attempts_share_their_files(patch: Patch) -> None:
    patch.setattr(hour_files, "new_attempt", lambda: "shared")


@_found_by(faults.a_record_that_the_parser_forgets_fails_the_run)
def stage_lines_not_counted(patch: Patch) -> None:
    patch.setattr(task, "runs_of_lines", lambda text, _most: [(text, 0)])


@_found_by(faults.an_object_that_cannot_be_read_again_keeps_its_rows)
def stage_unreadable_object_taken_for_empty(patch: Patch) -> None:
    patch.setattr(task, "Status", SimpleNamespace(TAKEN=Status.TAKEN, DAMAGED=Status.DAMAGED, MISSING=Status.DAMAGED))


@_found_by(faults.a_task_that_runs_twice_changes_nothing)
def build_names_of_files_not_fixed_by_the_job(patch: Patch) -> None:
    rewrite = version._rewrite
    patch.setattr(version, "_rewrite", lambda store, table, key, files: rewrite(store, table, _random(key), files))


@_found_by(intake.late_rows_join_the_hour_that_is_there)
def build_files_of_the_current_version_not_taken_over(patch: Patch) -> None:
    patch.setattr(version, "_current_files", lambda *_: [])


@_found_by(intake.a_replay_changes_nothing)
def build_own_rows_not_removed(patch: Patch) -> None:
    patch.setattr(version, "_drop_own_rows", lambda *_: 0)


@_found_by(intake.a_replaced_object_leaves_where_it_was)
def build_former_hours_forgotten(patch: Patch) -> None:
    jobs = vars(batch)["partition_jobs"]
    patch.setattr(
        batch,
        "partition_jobs",
        lambda lake, table, run, staged, _touched, *others, **how: jobs(lake, table, run, staged, (), *others, **how),
    )


@_found_by(crashes.a_crash_of_a_replay_that_moves_rows_is_healed)
def build_notes_of_dead_runs_not_looked_at(patch: Patch) -> None:
    entries_of = Ledger.entries_of

    def committed_only(self: Ledger, keys: Any) -> dict[str, list[LedgerEntry]]:
        found = {
            key: [entry for entry in entries if entry.run in self.committed]
            for key, entries in entries_of(self, keys).items()
        }
        return {key: entries for key, entries in found.items() if entries}

    patch.setattr(Ledger, "entries_of", committed_only)


@_found_by(intake.copies_in_later_runs_are_one_row_whoever_came_first)
def build_duplicates_not_looked_for(patch: Patch) -> None:
    patch.setattr(version, "drop_copies", lambda *_: DroppedCopies())


@_found_by(intake.copies_in_later_runs_are_one_row_whoever_came_first)
def build_first_to_come_stays(patch: Patch) -> None:
    find = vars(copies)["find_copies"]

    def by_arrival(candidates: pa.Table, table: Any) -> Any:
        count = candidates.num_rows
        columns = {"source_object": pa.array(["any"] * count), "source_line": pa.array(np.arange(count))}
        for name, values in columns.items():
            candidates = candidates.set_column(candidates.column_names.index(name), name, values)
        return find(candidates, table)

    patch.setattr(copies, "find_copies", by_arrival)


@_found_by(faults.a_row_that_the_publish_loses_fails_the_run)
def build_written_rows_not_counted(patch: Patch) -> None:
    write = version._write

    def unchecked(store: Any, job: Any, files: Sequence[Any]) -> Any:
        made, statistics, written = write(store, job, files)
        return made, replace(statistics, rows=sum(file.kept_rows for file in files)), written

    patch.setattr(version, "_write", unchecked)


@_found_by(faults.a_file_that_nobody_publishes_fails_the_run)
def build_loss_equation_not_checked(patch: Patch) -> None:
    patch.setattr(batch, "_check_loss", lambda *_: None)


@_found_by(other_runs.what_has_expired_does_not_come_back)
def build_expired_hours_come_back(patch: Patch) -> None:
    patch.setattr(batch, "withholding", lambda *_: NOTHING_WITHHELD)


# Note


@_found_by(faults.a_note_that_cannot_be_written_stops_the_run_before_its_swap)
def note_written_after_the_swap(patch: Patch) -> None:
    swap, write = vars(batch)["swap"], Ledger.write
    held_back: list[Callable[[], None]] = []

    def note_late(lake: Any, table: Any, outcomes: Any) -> None:
        swap(lake, table, outcomes)
        while held_back:
            held_back.pop()()

    patch.setattr(Ledger, "write", lambda self, run, entries: held_back.append(lambda: write(self, run, entries)))
    patch.setattr(batch, "swap", note_late)


@_found_by(crashes.a_crash_of_a_replay_that_moves_rows_is_healed)
def note_written_with_the_commit(patch: Patch) -> None:
    write, commit = Ledger.write, Ledger.commit
    held_back: dict[str, Any] = {}

    def note_and_commit(self: Ledger, run: str) -> None:
        write(self, run, held_back.pop(run))
        commit(self, run)

    patch.setattr(Ledger, "write", lambda _self, run, entries: held_back.update({run: entries}))
    patch.setattr(Ledger, "commit", note_and_commit)


@_found_by(intake.a_beaten_copy_comes_back)
def note_without_who_lost_to_whom(patch: Patch) -> None:
    write = Ledger.write
    patch.setattr(
        Ledger, "write", lambda self, run, entries: write(self, run, [replace(e, lost_to=()) for e in entries])
    )


@_found_by(intake.a_beaten_copy_comes_back)
def note_without_the_displaced(patch: Patch) -> None:
    write = Ledger.write

    def own_only(self: Ledger, run: str, entries: Sequence[LedgerEntry]) -> None:
        write(self, run, [entry for entry in entries if entry.status is not Status.DISPLACED])

    patch.setattr(Ledger, "write", own_only)


@_found_by(intake.a_beaten_copy_comes_back)
def note_makes_the_displaced_count_as_taken_in_anew(patch: Patch) -> None:
    patch.setattr(ledger_index, "counts", lambda table: np.ones(table.num_rows, np.bool_))


# Swap


@_found_by(other_runs.a_run_that_stood_still_before_its_swap_changes_nothing)
def swap_over_what_another_run_published(patch: Patch) -> None:
    patch.setattr(catalog_local, "require_former", lambda *_: None)


@_found_by(faults.a_failed_swap_is_no_success)
def swap_that_failed_taken_for_done(patch: Patch) -> None:
    swap = vars(batch)["swap"]

    def careless(*arguments: Any) -> None:
        with suppress(StorageError):
            swap(*arguments)

    patch.setattr(batch, "swap", careless)


@_found_by(intake.records_are_taken_in_once_and_accounted_for)
def swap_of_half_the_partitions_counts_as_done(patch: Patch) -> None:
    swap = vars(batch)["swap"]

    def half(lake: Any, table: Any, outcomes: Sequence[PartitionOutcome]) -> None:
        swap(lake, table, outcomes[: (len(outcomes) + 1) // 2])

    patch.setattr(batch, "swap", half)


@_found_by(intake.a_replaced_object_leaves_where_it_was)
def swap_leaves_emptied_partitions(patch: Patch) -> None:
    swap = LocalCatalog.swap

    def keeping(self: Any, name: str, versions: Any, dropped: Any = (), former: Any = None) -> None:
        swap(self, name, versions, (), former)

    patch.setattr(LocalCatalog, "swap", keeping)


# Quarantine


@_found_by(intake.a_replaced_object_leaves_where_it_was)
def quarantine_not_published(patch: Patch) -> None:
    patch.setattr(Batch, "_publish_quarantine", lambda *_: None)


@_found_by(intake.a_replaced_object_leaves_where_it_was)
def quarantine_of_a_replaced_object_stays(patch: Patch) -> None:
    write = vars(batch)["write_own_objects"]
    patch.setattr(
        batch,
        "write_own_objects",
        lambda store, run, table, urls: write(store, run, table, () if table == QUARANTINE.name else urls),
    )


# Commit and ledger


@_found_by(crashes.a_crash_of_a_first_run_is_healed)
def commit_before_the_swap(patch: Patch) -> None:
    write, commit = Ledger.write, Ledger.commit

    def at_once(self: Ledger, run: str, entries: Any) -> None:
        write(self, run, entries)
        commit(self, run)

    patch.setattr(Ledger, "write", at_once)
    patch.setattr(Ledger, "commit", lambda *_: None)


@_found_by(intake.records_are_taken_in_once_and_accounted_for)
def commit_never(patch: Patch) -> None:
    patch.setattr(Ledger, "commit", lambda *_: None)


@_found_by(other_runs.a_run_that_stood_still_before_its_commit_takes_no_effect)
def commit_of_a_run_that_was_taken_for_dead(patch: Patch) -> None:
    patch.setattr(Ledger, "bury_dead", lambda _self: [])


@_found_by(faults.a_half_done_swap_is_completed)
def ledger_takes_dead_runs_for_done(patch: Patch) -> None:
    add = LedgerIndex.add
    patch.setattr(LedgerIndex, "add", lambda self, first, runs: add(self, first, [(facts, True) for facts, _ in runs]))


@_found_by(intake.a_replaced_object_leaves_where_it_was)
def ledger_ignores_versions(patch: Patch) -> None:
    digests_of = ledger_entry.digests_of
    for module in (ledger, ledger_entry):
        patch.setattr(module, "digests_of", lambda key, _etag, _size: digests_of(key, "", 0))


@_found_by(other_runs.a_clock_that_goes_back_hides_nothing)
def ledger_goes_by_the_clock(patch: Patch) -> None:
    patch.setattr(refine, "new_run_id", lambda now, after=None: new_run_id(now))


@_found_by(other_runs.a_lake_without_its_catalog_is_refused)
def ledger_without_its_catalog_is_no_reason_to_stop(patch: Patch) -> None:
    patch.setattr(refine, "_require_catalog", lambda *_: None)


@_found_by(intake.a_beaten_copy_comes_back)
def rivals_not_taken_in_again(patch: Patch) -> None:
    patch.setattr(Refinery, "_with_rivals", lambda _self, objects, *_: list(objects))


# Clean and sweep


@_found_by(faults.a_task_that_runs_twice_changes_nothing)
def clean_nothing(patch: Patch) -> None:
    patch.setattr(batch, "remove_staging", lambda *_: None)


@_found_by(other_runs.a_sweep_takes_nothing_from_a_run_at_work)
def sweep_looks_at_no_lease(patch: Patch) -> None:
    patch.setattr(sweep, "holders", lambda _store: [])


@_found_by(other_runs.a_sweep_takes_nothing_that_a_query_may_read)
def sweep_gives_no_grace(patch: Patch) -> None:
    replaced = sweep._replaced

    def replaced_at_any_time(lake: Lake, table: Table, before: datetime, outcomes: Any) -> Any:
        return replaced(lake, table, before.replace(year=before.year + 1), outcomes)

    patch.setattr(sweep, "_replaced", replaced_at_any_time)


def _random(key: str) -> str:
    return key.replace(".parquet", f"-{uuid.uuid4().hex}.parquet")
