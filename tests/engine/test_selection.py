from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.engine.selection import Selection, fits, hours_of_key
from shared.errors import UsageError
from shared.lake.ledger_entry import LedgerEntry, Status, to_table
from shared.sources.cloudfront import SOURCE

DAY = {"from_hour": datetime(2026, 11, 1), "to_hour": datetime(2026, 11, 2)}


def entry(
    key: str,
    *partitions: str,
    reasons: tuple[str, ...] = (),
    status: Status = Status.TAKEN,
    parser_version: int = 1,
) -> LedgerEntry:
    modified = datetime(2026, 11, 1, tzinfo=UTC)
    return LedgerEntry(
        key,
        "e",
        1,
        modified,
        status,
        "s3://raw",
        partitions=partitions,
        reasons=reasons,
        parser_version=parser_version,
    )


def takes(selection: Selection, *entries: LedgerEntry) -> bool | list[bool]:
    """Whether the entry is chosen; of several, which."""
    chosen: list[bool] = selection.among(to_table(entries), SOURCE).to_pylist()
    return chosen if len(entries) > 1 else chosen[0]


@pytest.mark.parametrize(
    ("url", "pattern", "fits"),
    [
        ("s3://raw/a.gz", "s3://raw/a.gz", True),
        ("s3://raw/a.gz", "*a.gz", True),
        ("s3://raw/a.gz", "*b.gz", False),
        ("s3://raw/a.gz", "s3://raw/a", False),
        ("s3://raw/a*.gz", "s3://raw/a*.gz", True),
        ("s3://raw/new\nline.gz", "*.gz", True),
        ("s3://raw/a[b]?.gz", "s3://raw/a[b]?.gz", True),
        ("s3://raw/ab.gz", "s3://raw/a[b].gz", False),
        ("s3://raw/ab.gz", "s3://raw/a?.gz", False),
        ("s3://raw/ab.gz", "s3://raw/a..gz", False),
        ("s3://raw/a\n/a b-c#~&.gz", "*/a\n/a b-c#~&.gz", True),
        ("s3://raw/a.gz\n", "*.gz", False),
        ("s3://raw/é\\xff.gz", "*é\udcff.gz", True),
    ],
)
def test_a_star_is_the_only_wildcard(url: str, pattern: str, fits: bool) -> None:
    assert takes(Selection((pattern,)), entry(url)) is fits
    assert takes(Selection(("nothing", pattern)), entry(url)) is fits


def test_hours_are_those_of_the_rows_and_the_last_is_not_in() -> None:
    selection = Selection(from_hour=datetime(2026, 11, 1, 10), to_hour=datetime(2026, 11, 1, 11))
    assert takes(selection, entry("a", "2026-11-01T10"))
    assert takes(selection, entry("a", "2026-11-01T03", "2026-11-01T10"))
    assert not takes(selection, entry("a", "2026-11-01T11"))
    assert not takes(selection, entry("a"))


def test_an_open_end_is_open() -> None:
    late, early = entry("a", "2026-11-01T10"), entry("a", "2026-10-31T23")
    since, until = Selection(from_hour=DAY["from_hour"]), Selection(to_hour=DAY["from_hour"])
    assert (takes(since, late), takes(since, early)) == (True, False)
    assert (takes(until, late), takes(until, early)) == (False, True)


INSIDE, OUTSIDE = "s3://raw/E1EXAMPLE00001.2026-11-01-10.a1.gz", "s3://raw/E1EXAMPLE00001.2026-11-02-00.a1.gz"


@pytest.mark.parametrize("status", [Status.DAMAGED, Status.MISSING])
def test_an_object_that_was_not_read_whole_is_in_a_range_by_the_hour_in_its_key_too(status: Status) -> None:
    selection = Selection(**DAY)
    assert takes(selection, entry(INSIDE, status=status))
    assert takes(selection, entry(INSIDE, "2026-11-05T00", status=status))
    assert takes(selection, entry(OUTSIDE, "2026-11-01T23", status=status))
    assert not takes(selection, entry(OUTSIDE, status=status))


def test_the_key_of_an_object_with_rows_says_nothing_about_them() -> None:
    assert not takes(Selection(**DAY), entry(INSIDE, "2026-11-05T00"))
    assert takes(Selection(**DAY), entry(INSIDE)), "read whole, but all of its lines are bad"


@pytest.mark.parametrize(
    ("key", "hours"),
    [
        ("E1EXAMPLE00001.2026-11-01-10.a1.gz", ("2026-11-01T10", "2026-11-01T10")),
        ("logs/2026/11/01/a1.gz", ("2026-11-01T00", "2026-11-01T23")),
        ("logs/2026/02/a1.gz", ("2026-02-01T00", "2026-02-28T23")),
        ("logs/a1.gz", None),
    ],
)
def test_the_hours_of_a_key(key: str, hours: tuple[str, str] | None) -> None:
    found = hours_of_key(key, SOURCE)
    assert (found and tuple(hour.isoformat()[:13] for hour in found)) == hours


def test_a_new_object_is_chosen_by_name_and_the_hour_in_its_key() -> None:
    selection = Selection(("*.gz",), **DAY)
    taken = {
        key: selection.takes_new(f"s3://raw/{key}", key, SOURCE)
        for key in (
            "E1EXAMPLE00001.2026-11-01-23.a1.gz",
            "E1EXAMPLE00001.2026-11-02-00.a1.gz",
            "2026/11/01/a1.gz",
            "2026/11/a1.gz",
            "2026/12/a1.gz",
            "a1.gz",
            "E1EXAMPLE00001.2026-11-01-23.a1.parquet",
        )
    }
    assert list(taken.values()) == [True, False, True, True, False, False, False]
    assert Selection(("*a1*",)).takes_new("s3://raw/a1.gz", "a1.gz", SOURCE), "without a range any time will do"


def test_each_of_many_entries_is_looked_at() -> None:
    entries = [
        entry("a", "2026-11-01T09", "2026-11-01T10"),
        entry(INSIDE, status=Status.DAMAGED, reasons=("cut_line",)),
        entry(OUTSIDE, status=Status.DAMAGED, reasons=("not_json", "cut_line")),
        entry("b", "2026-10-31T23", "2026-11-02T00", reasons=("cut_line",)),
        entry("c", "2026-11-01T00", "2026-11-01T23", reasons=("not_json",), parser_version=2),
    ]
    assert takes(Selection(**DAY), *entries) == [True, True, False, False, True]
    assert takes(Selection(reason="cut_line"), *entries) == [False, True, True, True, False]
    assert takes(Selection(reason="cut_line", **DAY), *entries) == [False, True, False, False, False]
    assert takes(Selection(parser_before=2, **DAY), *entries) == [True, True, False, False, False]
    none = Selection(("*",), **DAY).among(to_table(entries).slice(0, 0), SOURCE)
    assert none.to_pylist() == []


def test_reasons_and_parsers() -> None:
    bad = entry("a", reasons=("corrupt_gzip", "cut_line"), parser_version=2)
    assert takes(Selection(reason="cut_line"), bad)
    assert not takes(Selection(reason="not_json"), bad)
    assert takes(Selection(parser_before=3), bad)
    assert not takes(Selection(parser_before=2), bad)
    assert not takes(Selection(("b",), reason="cut_line"), bad), "all that is given must hold"


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="Nothing is chosen"):
        Selection()
    with pytest.raises(UsageError, match="no reason 'bad luck'"):
        Selection(reason="bad luck")
    with pytest.raises(UsageError, match="No hour lies between 2026-11-02T00 and 2026-11-01T00"):
        Selection(from_hour=DAY["to_hour"], to_hour=DAY["from_hour"])
    with pytest.raises(UsageError, match="has version 1: what it reads would still be one of them"):
        Selection(parser_before=2).require_possible(SOURCE, has_raw=False)
    with pytest.raises(UsageError, match="neither a reason"):
        Selection(parser_before=1).require_possible(SOURCE, has_raw=True)


HOURS = st.integers(0, 72).map(lambda hours: datetime(1999, 12, 30) + timedelta(hours=hours))


@settings(max_examples=50, deadline=None)
@given(low=HOURS, high=HOURS, hour=HOURS)
def test_a_range_means_what_it_says(low: datetime, high: datetime, hour: datetime) -> None:
    if low >= high:
        low, high = high, low.replace(year=2001)
    key = f"E1EXAMPLE00001.{hour:%Y-%m-%d-%H}.a1.gz"
    selection, expected = Selection(from_hour=low, to_hour=high), low <= hour < high
    assert takes(selection, entry("a", hour.isoformat()[:13])) is expected
    assert selection.takes_new(f"s3://raw/{key}", key, SOURCE) is expected


@settings(max_examples=200, deadline=None)
@given(text=st.text("ab", max_size=12), pattern=st.text("ab*", max_size=6))
def test_a_pattern_fits_as_its_regular_expression_does(text: str, pattern: str) -> None:
    assert fits(text, pattern) == bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text))


def test_many_stars_take_no_time() -> None:
    assert not fits("a" * 5000, "*a" * 50 + "*b")
