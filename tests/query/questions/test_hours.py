from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.errors import UsageError
from shared.query.questions import HourRange

FIRST, HOURS = datetime(2026, 1, 1), 24 * 366 * 2


@pytest.fixture(scope="module")
def calendar() -> Iterator[duckdb.DuckDBPyConnection]:
    """The partition keys of all hours of two years."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            CREATE TABLE hours AS
            SELECT number, strftime(start, '%Y') AS year, strftime(start, '%m') AS month, strftime(start, '%d') AS day,
                   strftime(start, '%H') AS hour
            FROM (SELECT range AS number, TIMESTAMP '{FIRST}' + INTERVAL 1 HOUR * range AS start FROM range({HOURS}))
            """
        )
        yield connection


def number_of(time: datetime) -> int:
    return (time - FIRST) // timedelta(hours=1)


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, HOURS - 1), length=st.one_of(st.integers(1, 60), st.integers(1, HOURS)))
@example(start=number_of(datetime(2026, 10, 31, 23)), length=2)
@example(start=number_of(datetime(2026, 12, 31, 23)), length=2)
@example(start=number_of(datetime(2026, 3, 1)), length=24 * 31)
@example(start=number_of(datetime(2026, 2, 28)), length=24)
@example(start=0, length=24 * 365)
@example(start=0, length=1)
def test_the_predicate_is_of_these_hours_and_no_others(
    calendar: duckdb.DuckDBPyConnection, start: int, length: int
) -> None:
    end = min(start + length, HOURS)
    predicate = HourRange(FIRST + timedelta(hours=start), FIRST + timedelta(hours=end)).on_keys()
    found = calendar.sql(f"SELECT count(*), min(number), max(number) FROM hours WHERE {predicate}").fetchall()
    assert found == [(end - start, start, end - 1)]


def test_all_hours_are_the_default(calendar: duckdb.DuckDBPyConnection) -> None:
    assert HourRange().on_keys() == "year BETWEEN '0001' AND '9998'"
    assert calendar.sql(f"SELECT count(*) FROM hours WHERE {HourRange().on_keys()}").fetchall() == [(HOURS,)]


@pytest.mark.parametrize(
    ("start", "end", "predicate"),
    [
        ("2026-11-01T10", "2026-11-01T11", "year = '2026' AND month = '11' AND day = '01' AND hour = '10'"),
        ("2026-11-01T00", "2026-11-03T00", "year = '2026' AND month = '11' AND day BETWEEN '01' AND '02'"),
        ("2026-11-01T00", "2027-01-01T00", "year = '2026' AND month BETWEEN '11' AND '12'"),
        ("2026-01-01T00", "2028-01-01T00", "year BETWEEN '2026' AND '2027'"),
    ],
)
def test_whole_units_are_a_predicate_that_a_catalog_can_look_up(start: str, end: str, predicate: str) -> None:
    assert HourRange(datetime.fromisoformat(start + ":00"), datetime.fromisoformat(end + ":00")).on_keys() == predicate


def test_only_few_values_are_named() -> None:
    """Naming all hours of a day, or the days of all years to come, would help nobody."""
    assert HourRange(datetime(2026, 10, 31, 12), datetime(2026, 11, 3)).on_keys() == (
        "year = '2026' AND month BETWEEN '10' AND '11' AND day IN ('31', '01', '02') "
        "AND year || month || day || hour BETWEEN '2026103112' AND '2026110223'"
    )
    assert HourRange(datetime(2026, 12, 1)).on_keys() == (
        "year BETWEEN '2026' AND '9998' AND year || month || day || hour BETWEEN '2026120100' AND '9998123123'"
    )


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (datetime(2026, 11, 1, 10), datetime(2026, 11, 1, 10), "no hour from 2026-11-01T10 to before 2026-11-01T10"),
        (datetime(2026, 11, 2), datetime(2026, 11, 1), "no hour from"),
        (datetime(2026, 11, 1, 10, 30), datetime(2026, 11, 1, 12), "no full hour"),
    ],
)
def test_a_range_without_hours_is_a_mistake(start: datetime, end: datetime, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        HourRange(start, end)
