"""The sizing model: what it reads from the tables, and what follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.readme import tables
from benchmarks.sizing import Assumptions, Measured, dpu_hours_per_tb, read_measured, run_s, schedule
from benchmarks.sizing_page import markdown

COST = Measured(start_s=6.0, per_gb_s=10.0, per_object_s=0.02, rows_per_gb=2e6, per_hour_s=0.1)
ASSUMED = Assumptions(
    vcpus_per_worker=4, per_vcpu=2.0, on_s3=1.5, busy=0.5, glue_start_s=30, object_mb=10, peak=2.0, hours_touched=2
)
PAGE = """
<!-- benchmark {name} -->
### {name}: {gigabytes} GB of text, {rows} rows in {files} gzip files

| contender | wall s | CPU s |
|---|---|---|
| polars | **1.0** (1.0) | 1.0 |
| loglake | **1.0** (1.0) | 2.0 |
| loglake_on_spark | **{wall}** (9.9 9.9) | {cpu} |
<!-- end -->
"""
LATE = """
<!-- benchmark late batches -->
| | taken in at once | with late batches |
|---|---|---|
| s of a late batch: median, longest | | 0.25, 9.00 |
<!-- end -->
<!-- benchmark mediapackage -->
{mediapackage}
<!-- end -->
"""
MEDIAPACKAGE = """
| sample | MB of text | CPU s |
|---|---:|---:|
| mediapackage | 500 | 16.0 |
| mediapackage_dirty | 500 | 99.0 |
"""


def page_of(tmp_path: Path, *names: str, mediapackage: str = "To come.") -> Path:
    sets = {
        "tiny": ("0.10", "24,000", "24", "6.5", "7.0"),
        "small": ("1.00", "1,000,000", "1,000", "20.0", "36.0"),
        "0.9": ("1.00", "2,000,000", "24", "10.0", "16.0"),
        "3.6": ("4.00", "8,000,000", "96", "30.0", "46.0"),
    }
    fields = ("gigabytes", "rows", "files", "wall", "cpu")
    path = tmp_path / "page.md"
    texts = [PAGE.format(name=name, **dict(zip(fields, sets[name], strict=True))) for name in names]
    path.write_text("".join([*texts, LATE.format(mediapackage=mediapackage)]))
    return path


def test_the_costs_are_read_from_the_tables(tmp_path: Path) -> None:
    found = read_measured([page_of(tmp_path, "tiny", "small", "0.9", "3.6")])
    assert found.start_s == 6.5
    assert found.per_gb_s == pytest.approx(10)  # (46 - 16) / (4 - 1)
    assert found.per_object_s == pytest.approx(0.02)  # (36 - 6 - 10) / 1000
    assert found.rows_per_gb == pytest.approx(2e6)
    assert found.per_hour_s == 0.25
    assert found.per_mediapackage_gb_s is None


def test_mediapackage_is_read_once_it_is_measured(tmp_path: Path) -> None:
    found = read_measured([page_of(tmp_path, "tiny", "small", "0.9", "3.6", mediapackage=MEDIAPACKAGE)])
    assert found.per_mediapackage_gb_s == pytest.approx(30)  # the command's (16 - 1) / 0.5
    assert "| 30.0 s |" in markdown(found, ASSUMED)
    assert "not measured yet" in markdown(COST, ASSUMED)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the benchmark 3\.6"):
        read_measured([page_of(tmp_path, "tiny", "small", "0.9")])


def test_a_run_by_hand() -> None:
    # 100 objects of 10 MB: (10 + 0.02 * 100) s of CPU, at 2 * 1.5 times, on 4 vCPUs of which half are busy
    assert run_s(1, 2, COST, ASSUMED) == pytest.approx(30 + 12 + 36 / 2 + 0.1 * 2 * 1.5)
    assert run_s(1, 3, COST, ASSUMED) == pytest.approx(30 + 12 + 36 / 4 + 0.1 * 2 * 1.5)


def test_a_terabyte_by_hand() -> None:
    cpu_s = 1000 * 12 * 3
    assert dpu_hours_per_tb(COST, ASSUMED, workers=10) == pytest.approx(cpu_s / (9 * 4 * 0.5) / 3600 * 10)
    assert dpu_hours_per_tb(COST, replace(ASSUMED, per_vcpu=1.0)) == pytest.approx(dpu_hours_per_tb(COST, ASSUMED) / 2)


@pytest.mark.parametrize("runs_a_day", [96, 24, 1])
@pytest.mark.parametrize("gb_a_day", [1, 100, 10_000])
def test_the_workers_are_the_fewest_that_are_done_in_time(gb_a_day: float, runs_a_day: int) -> None:
    found = schedule(gb_a_day, runs_a_day, COST, ASSUMED)
    assert found is not None
    busiest = gb_a_day / runs_a_day * ASSUMED.peak
    longest_s = 86_400 / runs_a_day * ASSUMED.longest_share
    assert run_s(busiest, found.workers, COST, ASSUMED) <= longest_s
    assert found.workers == 2 or run_s(busiest, found.workers - 1, COST, ASSUMED) > longest_s


def test_glue_bills_at_least_a_minute() -> None:
    found = schedule(0.1, 24, COST, ASSUMED)
    assert found is not None
    assert (found.workers, found.run_s < 60) == (2, True)
    assert found.dpu_hours_a_month == pytest.approx(24 * 30.4 * 2 / 60)
    assert found.dollars_a_month == pytest.approx(24 * 30.4 * 2 / 60 * 0.44)
    assert found.dollars_per_tb == pytest.approx(found.dollars_a_month / (0.1 * 30.4) * 1000)


def test_what_cannot_be_done_in_time_has_no_schedule() -> None:
    assert schedule(1e7, 96, COST, ASSUMED) is None
    assert "more than Glue gives" in markdown(replace(COST, per_gb_s=1e5), ASSUMED)


def test_the_page_names_every_assumption() -> None:
    measured, assumed, days = tables(markdown(COST, ASSUMED))
    assert len(measured) == 6
    assert len(assumed) == len(Assumptions.__dataclass_fields__)
    assert len(days) == 20
