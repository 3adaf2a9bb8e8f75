"""Scenarios that the publish protocol has to survive. Each is small, needs a lake or two, and fails by an assertion.

Together they are the battery that a broken protocol must not pass (`test_mutations.py`).
What is expected is written out, so that a protocol that is as broken in a clean run is no excuse.
"""

from __future__ import annotations

from tests.engine.battery.bench import Bench, Scenario
from tests.engine.battery.crashes import (
    a_crash_of_a_first_run_is_healed,
    a_crash_of_a_replay_that_moves_rows_is_healed,
)
from tests.engine.battery.faults import (
    a_failed_swap_is_no_success,
    a_file_that_nobody_publishes_fails_the_run,
    a_half_done_swap_is_completed,
    a_note_that_cannot_be_written_stops_the_run_before_its_swap,
    a_record_that_the_parser_forgets_fails_the_run,
    a_row_that_the_publish_loses_fails_the_run,
    a_task_that_runs_twice_changes_nothing,
    an_attempt_that_lost_writes_over_nothing,
    an_object_that_cannot_be_read_again_keeps_its_rows,
)
from tests.engine.battery.intake import (
    a_beaten_copy_comes_back,
    a_replaced_object_leaves_where_it_was,
    a_replay_changes_nothing,
    copies_in_later_runs_are_one_row_whoever_came_first,
    late_rows_join_the_hour_that_is_there,
    records_are_taken_in_once_and_accounted_for,
)
from tests.engine.battery.other_runs import (
    a_clock_that_goes_back_hides_nothing,
    a_dead_run_is_taken_over,
    a_lake_without_its_catalog_is_refused,
    a_living_run_is_left_alone,
    a_run_of_another_source_is_waited_for,
    a_run_that_lost_its_lease_before_its_commit_takes_no_effect,
    a_run_that_lost_its_lease_before_its_swap_changes_nothing,
    a_run_that_lost_the_shared_lease_leaves_the_quarantine_alone,
    a_run_that_stood_still_before_its_commit_takes_no_effect,
    a_run_that_stood_still_before_its_swap_changes_nothing,
    a_run_that_stood_still_before_the_shared_tables_leaves_them_alone,
    a_sweep_takes_nothing_from_a_run_at_work,
    a_sweep_takes_nothing_that_a_query_may_read,
    what_has_expired_does_not_come_back,
)

BATTERY: tuple[Scenario, ...] = (
    records_are_taken_in_once_and_accounted_for,
    late_rows_join_the_hour_that_is_there,
    copies_in_later_runs_are_one_row_whoever_came_first,
    a_record_that_the_parser_forgets_fails_the_run,
    a_row_that_the_publish_loses_fails_the_run,
    a_file_that_nobody_publishes_fails_the_run,
    a_replaced_object_leaves_where_it_was,
    a_living_run_is_left_alone,
    a_note_that_cannot_be_written_stops_the_run_before_its_swap,
    a_failed_swap_is_no_success,
    a_half_done_swap_is_completed,
    a_replay_changes_nothing,
    a_beaten_copy_comes_back,
    a_task_that_runs_twice_changes_nothing,
    an_attempt_that_lost_writes_over_nothing,
    a_run_that_stood_still_before_its_swap_changes_nothing,
    a_run_that_stood_still_before_its_commit_takes_no_effect,
    a_run_that_stood_still_before_the_shared_tables_leaves_them_alone,
    a_run_of_another_source_is_waited_for,
    a_dead_run_is_taken_over,
    a_lake_without_its_catalog_is_refused,
    what_has_expired_does_not_come_back,
    a_sweep_takes_nothing_from_a_run_at_work,
    an_object_that_cannot_be_read_again_keeps_its_rows,
    a_clock_that_goes_back_hides_nothing,
    a_run_that_lost_its_lease_before_its_swap_changes_nothing,
    a_run_that_lost_the_shared_lease_leaves_the_quarantine_alone,
    a_run_that_lost_its_lease_before_its_commit_takes_no_effect,
    a_crash_of_a_first_run_is_healed,
    a_crash_of_a_replay_that_moves_rows_is_healed,
    a_sweep_takes_nothing_that_a_query_may_read,
)

__all__ = ["BATTERY", "Bench", "Scenario"]
