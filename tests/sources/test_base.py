"""How a source with several tables names their hours, and which rows go where."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shared.sources.mediapackage import EGRESS, INGRESS
from shared.sources.mediapackage import SOURCE as TWO
from shared.sources.registry import SOURCES
from shared.tables.partitions import Partition

HOURS = st.integers(0, 1_000_000).map(Partition.of_hour)


@given(st.sets(HOURS), st.sets(HOURS))
def test_names_of_hours_lead_back_to_table_and_hour(of_egress: set[Partition], of_ingress: set[Partition]) -> None:
    names = {TWO.hour_name(EGRESS, hour) for hour in of_egress} | {TWO.hour_name(INGRESS, hour) for hour in of_ingress}
    assert len(names) == len(of_egress) + len(of_ingress)
    assert (TWO.hours_of(EGRESS, names), TWO.hours_of(INGRESS, names)) == (of_egress, of_ingress)
    assert {(table.name, hour) for table, hour in map(TWO.place, names)} == {
        *((EGRESS.name, hour) for hour in of_egress),
        *((INGRESS.name, hour) for hour in of_ingress),
    }


@given(HOURS, HOURS)
def test_names_sort_by_hour_whatever_the_table(one: Partition, other: Partition) -> None:
    """Ranges of hours are looked for by their names in the ledger."""
    named = TWO.hour_name(INGRESS, one)
    assert (str(other) <= named) == (other <= one)


def test_hours_of_the_first_table_have_their_plain_names() -> None:
    """Ledgers of sources that had one table are as they were."""
    assert TWO.hour_name(EGRESS, Partition.of_hour(490899)) == "2026-01-01T03"


def test_rows_of_a_source_with_one_table_stay_together() -> None:
    rows = pa.table({"a": [1, 2]})
    assert SOURCES["cloudfront"].by_table(rows) == {"cloudfront_requests": rows}
