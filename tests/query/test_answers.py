"""The independent answers themselves: how raw lines are read and counted, and that a wrong answer is noticed."""

from __future__ import annotations

import gzip
from datetime import datetime

import pytest

from tests.conftest import V1_HEADER, v1_line
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.counting import Row, ordered, percentile
from tests.query.answers.lines import RawObject, content_of
from tests.query.answers.requests import truth_of

NOON = datetime(2026, 11, 1, 12)


def raw_object(*lines: str, name: str = "a1") -> RawObject:
    url = f"/raw/E1EXAMPLE00001.2026-11-01-10.{name}.gz"
    return RawObject(url, gzip.compress((V1_HEADER + "".join(lines)).encode()), NOON)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([("a", 1, 0.5)], "row 2 is missing"),
        ([("a", 1, 0.5), ("b", 2, None), ("c", 3, 1.0)], "row 3 is too many"),
        ([("b", 2, None), ("a", 1, 0.5)], "row 1"),
        ([("a", 1, 0.5000001), ("b", 2, None)], "row 1"),
        ([("a", 1.0, 0.5), ("b", 2, None)], "row 1"),
        ([("a", 1, 0.5), ("b", 2, 0.0)], "row 2"),
        ([("a", 1, 0.5), ("b", 2)], "row 2"),
    ],
)
def test_a_wrong_answer_is_noticed(seen: list[Row], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        assert_equal_answers(seen, [("a", 1, 0.5), ("b", 2, None)])


def test_last_digits_and_what_cannot_be_known_are_no_difference() -> None:
    assert_equal_answers([("run-1", 1 / 3)], [(..., 0.1 + 1 / 3 - 0.1)])


def test_lines_are_read_and_faults_told() -> None:
    content = content_of(raw_object(v1_line("a"), "\n", "too\tshort\n", v1_line("b", date="2026-13-01"), "# note\n"))
    assert [record.values["x-edge-request-id"] for record in content.records] == ["a"]
    assert (content.bad, content.ignored) == (["too_few_fields", "bad_timestamp"], 4)
    assert content.records[0].distribution == "E1EXAMPLE00001"
    cut = raw_object(v1_line("a"))
    assert content_of(RawObject(cut.url, cut.data[:-9], NOON)).bad == ["truncated_gzip"]


def test_copies_are_one_request_and_are_counted_by_what_they_are() -> None:
    first = raw_object(v1_line("a"), v1_line("a"), v1_line("a", sc_bytes="7"), v1_line("b", time="11:00:00"))
    again = raw_object(v1_line("b", time="11:00:00"), v1_line("b"), name="b2")
    truth = truth_of([[first], [again]])
    at_ten, at_eleven = datetime(2026, 11, 1, 10), datetime(2026, 11, 1, 11)
    assert sorted(request["event_time"] for request in truth.requests) == [at_ten, at_ten, at_eleven]
    assert truth.duplicates == {at_ten: 2, at_eleven: 1}
    assert truth.conflicting[at_ten] == 1
    assert [delivery.new_keys for delivery in truth.deliveries] == [2, 1]


def test_order_has_nulls_last_both_ways_and_percentiles_are_logged_values() -> None:
    rows = [(1, None), (2, "b"), (3, "a"), (4, "b")]
    assert ordered(rows, 2, -1) == [(3, "a"), (4, "b"), (2, "b"), (1, None)]
    assert ordered(rows, -2, 1) == [(2, "b"), (4, "b"), (3, "a"), (1, None)]
    values = [0.4, 0.1, 0.3, 0.2]
    assert [percentile(values, percent) for percent in (1, 25, 26, 50, 75, 76, 100)] == [
        0.1,
        0.1,
        0.2,
        0.2,
        0.3,
        0.4,
        0.4,
    ]
