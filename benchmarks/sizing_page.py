"""docs/sizing.md: the model of `benchmarks.sizing` in words, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.sizing import Assumptions, Measured, Schedule, dpu_hours_per_tb, schedule
from shared.engine.report import GluePrice

GB_A_DAY = (1, 10, 100, 1_000, 10_000)
INTERVALS = {"every 15 minutes": 96, "every hour": 24, "every 6 hours": 4, "once a day": 1}
_WORKERS = 10
_HEADINGS = ("GB of text a day", "schedule", "workers", "min a run", "DPU-hours a month", "$ a month", "$ per TB")


def markdown(cost: Measured, assumed: Assumptions) -> str:
    """The page."""
    price = GluePrice()
    per_tb = dpu_hours_per_tb(cost, assumed, _WORKERS)
    million_s = cost.per_gb_s / cost.rows_per_gb * 1e6
    per_gb_s = cost.per_mediapackage_gb_s
    mediapackage = "not measured yet" if per_gb_s is None else f"{per_gb_s:.1f} s"
    by_speed = [
        dpu_hours_per_tb(cost, replace(assumed, per_vcpu=per_vcpu), _WORKERS) * price.dollars_per_dpu_hour
        for per_vcpu in (assumed.per_vcpu, 1.0, 2.0)
    ]
    sections = [
        "# Sizing a Glue job",
        "What a job is likely to need and to cost: a model, not a measurement. Nothing here was run on Glue. Its "
        "seconds come from the [measured tables](benchmarks.md) of one machine with two cores, and `make generate` "
        "renders this page anew from them (`benchmarks/sizing.py`). Check it against the first week's bill, and change "
        "the assumptions there.",
        "## Measured",
        _table(
            ["what", "value", "from"],
            [
                ["CPU of a GB of CloudFront text", f"{cost.per_gb_s:.1f} s", "the sets of 3.6 and 0.9 GB"],
                ["CPU of a million rows", f"{million_s:.1f} s", "the same"],
                ["CPU of an object, beside its text", f"{cost.per_object_s * 1000:.0f} ms", "the set `small`"],
                ["CPU of a GB of MediaPackage text, in its objects", mediapackage, "the sample `mediapackage`"],
                ["start and end of a run on Spark", f"{cost.start_s:.1f} s", "the set `tiny`"],
                ["publishing late rows into an hour", f"{cost.per_hour_s:.2f} s", "the late batches"],
            ],
        ),
        "A GB is of uncompressed text; as gzip it is about a quarter of one. What follows is of CloudFront's text.",
        "## Assumed",
        _table(["what", "value", "why"], _assumptions(assumed, price)),
        "## A TB",
        f"In a long run on {_WORKERS} workers, such as a backfill: **{per_tb:.1f} DPU-hours, ${by_speed[0]:.2f} per TB "
        f"of text**. A vCPU as fast as the measured core would make it ${by_speed[1]:.2f}, one half as fast "
        f"${by_speed[2]:.2f}.",
        "## A day",
        "For each schedule the fewest workers with which even the busiest run is done in "
        f"{assumed.longest_share:.0%} of its interval: the rest is for late objects, retries and the backlog of a "
        "missed run. Fewer runs are cheaper, as each has its start and its minute.",
        _table(_HEADINGS, _rows(cost, assumed)),
        "Not in it: S3 requests and storage, the Data Catalog, CloudWatch, and what Athena reads. Below some 10 GB a "
        "day a single machine does the same (`loglake run`), or Glue once a day.",
    ]
    return "\n\n".join(sections) + "\n"


def _assumptions(assumed: Assumptions, price: GluePrice) -> list[list[str]]:
    return [
        [
            "price",
            f"${price.dollars_per_dpu_hour} per DPU-hour, {price.minimum_s:.0f} s at least",
            "Glue's list price, us-east-1, standard execution, as of 2026",
        ],
        [
            "worker",
            f"G.1X: 1 DPU, {assumed.vcpus_per_worker} vCPU, 16 GB",
            "one worker is the driver's and takes nothing in; at least 2",
        ],
        [
            "a Glue vCPU",
            f"{assumed.per_vcpu} s for a second of the measured core",
            "it is a thread of a core, beside another; not measured",
        ],
        ["on S3", f"{assumed.on_s3} times the time", "the table on S3 in the benchmarks; a real S3 may be slower"],
        ["busy", f"{assumed.busy:.0%} of the vCPUs", "the last tasks of a batch leave some idle"],
        [
            "start on Glue",
            f"{assumed.glue_start_s:.0f} s",
            "Spark's start on a cluster and installing wheels; not measured",
        ],
        ["objects", f"{assumed.object_mb:.0f} MB of text each", "busy distributions; small ones have smaller objects"],
        ["busiest run", f"{assumed.peak} times the average", "evenings; the workers are chosen for it"],
        ["hours touched by late rows", f"{assumed.hours_touched} a run", "rows come minutes to an hour late"],
    ]


def _rows(cost: Measured, assumed: Assumptions) -> list[list[str]]:
    return [
        _row(gb_a_day, name, schedule(gb_a_day, runs_a_day, cost, assumed))
        for gb_a_day in GB_A_DAY
        for name, runs_a_day in INTERVALS.items()
    ]


def _row(gb_a_day: float, name: str, found: Schedule | None) -> list[str]:
    if found is None:
        return [f"{gb_a_day:,}", name, "more than Glue gives", "", "", "", ""]
    return [
        f"{gb_a_day:,}",
        name,
        f"{found.workers}",
        f"{found.run_s / 60:.1f}",
        f"{found.dpu_hours_a_month:,.0f}",
        f"{found.dollars_a_month:,.2f}" if found.dollars_a_month < 10 else f"{found.dollars_a_month:,.0f}",
        f"{found.dollars_per_tb:,.2f}",
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
