from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.tables.partitions import Partition

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = int((datetime(1, 1, 1, tzinfo=UTC) - EPOCH) / timedelta(hours=1))
LAST = int((datetime(9999, 12, 31, 23, tzinfo=UTC) - EPOCH) / timedelta(hours=1))


@given(hour=st.integers(FIRST, LAST))
@example(hour=FIRST)
@example(hour=-1)
@example(hour=0)
@example(hour=LAST)
def test_an_hour_survives_its_texts(hour: int) -> None:
    partition = Partition.of_hour(hour)
    assert Partition.parse(str(partition)) == partition
    assert Partition.parse(partition.folder) == partition
    assert Partition.parse(partition.folder + "/") == partition
    assert partition.start == EPOCH + timedelta(hours=hour)
    assert [len(part) for part in partition] == [4, 2, 2, 2]


@given(a=st.integers(FIRST, LAST), b=st.integers(FIRST, LAST))
def test_partitions_sort_as_their_hours_do(a: int, b: int) -> None:
    assert (Partition.of_hour(a) < Partition.of_hour(b)) == (a < b)
    assert (Partition.of_hour(a).folder < Partition.of_hour(b).folder) == (a < b)


def test_hours_before_1970() -> None:
    assert str(Partition.of_hour(-1)) == "1969-12-31T23"
    assert Partition.of_hour(FIRST).folder == "year=0001/month=01/day=01/hour=00"


@pytest.mark.parametrize("hour", [FIRST - 1, LAST + 1, 10**12, -(10**12), 2**63])
def test_hours_that_four_digits_cannot_name_are_refused(hour: int) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        Partition.of_hour(hour)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-20",
        "2026-11-20T7",
        "2026-11-20T24",
        "2026-02-30T00",
        "0000-01-01T00",
        "2026-11-20T07:00",
        "year=2026/month=11/day=20",
        "year=2026/month=13/day=20/hour=07",
        "year=2026/month=11/day=20/hour=07/minute=00",
        "month=11/year=2026/day=20/hour=07",
        "year=__HIVE_DEFAULT_PARTITION__/month=11/day=20/hour=07",
        "year=٢٠٢٦/month=11/day=20/hour=07",
        "a=b",
    ],
)
def test_other_texts_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no hour|must be in|out of range"):
        Partition.parse(text)
