from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.engine.report import GluePrice, glue_cost_dollars, summary
from shared.engine.run_log import BatchReport

START = datetime(2026, 11, 1, 10, tzinfo=UTC)


def batch(run_id: str, rows: int, **reasons: int) -> BatchReport:
    quarantined = sum(reasons.values())
    return BatchReport(
        run_id=run_id,
        started_at=START,
        finished_at=START + timedelta(seconds=1.5),
        objects=2,
        objects_damaged=1,
        bytes_read=100,
        text_bytes=900,
        records=rows + 3 + quarantined + 4,
        rows=rows,
        duplicates=3,
        rows_removed=0,
        overlap=1,
        conflicting=0,
        quarantined=quarantined,
        ignored=4,
        partitions=1,
        bytes_written=50,
        reasons=Counter(reasons),
    )


def test_a_summary_adds_batches_up_and_still_balances() -> None:
    total = summary([batch("a", 10, not_json=1, bad_timestamp=2), batch("b", 20, not_json=4)])
    assert total["records"] == total["rows"] + total["duplicates"] + total["quarantined"] + total["ignored"]
    assert (total["rows"], total["batches"], total["duration_s"]) == (30, 2, 3.0)
    assert total["runs"] == ["a", "b"]
    assert list(total["reasons"].items()) == [("not_json", 5), ("bad_timestamp", 2)]
    assert json.loads(json.dumps(total)) == total


def test_a_run_without_a_batch_sums_to_nothing() -> None:
    total = summary([])
    assert (total["batches"], total["records"], total["duration_s"], total["reasons"]) == (0, 0, 0, {})


@pytest.mark.parametrize(("wall_s", "billed_s"), [(1, 60), (60, 60), (61, 61), (3600, 3600)])
def test_glue_bills_seconds_from_a_minute_on(wall_s: float, billed_s: float) -> None:
    assert glue_cost_dollars(wall_s, 2) == pytest.approx(billed_s / 3600 * 2 * 0.44)


def test_another_price_can_be_given() -> None:
    assert glue_cost_dollars(1800, 10, GluePrice(dollars_per_dpu_hour=0.5)) == pytest.approx(2.5)
