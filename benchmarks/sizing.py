"""From measured seconds to Glue workers and dollars: the model behind docs/sizing.md, which `make generate` renders.

Measured are whole processes on two cores; the numbers are read from the tables of README.md and docs/benchmarks.md.
What the model needs beside them stands in `Assumptions`, and on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.readme import measured, number, tables
from shared.engine.report import GluePrice, glue_cost_dollars

PAGES = (Path(__file__).parents[1] / "README.md", Path(__file__).parents[1] / "docs" / "benchmarks.md")
DAYS_A_MONTH = 30.4
MOST_WORKERS = 299  # Glue's limit for a job of standard workers


@dataclass(frozen=True)
class Measured:
    """What the benchmarks say of loglake on Spark.

    start_s       wall seconds of a run that takes in next to nothing
    per_gb_s      CPU seconds of a GB of text in objects of tens of MB
    per_object_s  CPU seconds of an object beside its text
    rows_per_gb   rows of that text
    per_hour_s    wall seconds to publish a few late rows into an hour that has some
    per_mediapackage_gb_s  CPU seconds of a GB of MediaPackage's text in objects of five minutes; None: not measured
    """

    start_s: float
    per_gb_s: float
    per_object_s: float
    rows_per_gb: float
    per_hour_s: float
    per_mediapackage_gb_s: float | None = None


@dataclass(frozen=True)
class Assumptions:
    """What no benchmark on one machine can say."""

    vcpus_per_worker: int = 4
    per_vcpu: float = 1.5
    on_s3: float = 1.4
    busy: float = 0.75
    glue_start_s: float = 30.0
    object_mb: float = 5.0
    peak: float = 2.0
    longest_share: float = 0.25
    hours_touched: int = 3


@dataclass(frozen=True)
class Schedule:
    """So many runs a day over so much text, each with the fewest workers that are done in time; of an average run."""

    gb_a_day: float
    runs_a_day: int
    workers: int
    run_s: float

    @property
    def dpu_hours_a_month(self) -> float:
        """What Glue bills: at least a minute for each run."""
        return max(self.run_s, GluePrice().minimum_s) / 3600 * self.workers * self.runs_a_day * DAYS_A_MONTH

    @property
    def dollars_a_month(self) -> float:
        """At the list price."""
        return glue_cost_dollars(self.run_s, self.workers) * self.runs_a_day * DAYS_A_MONTH

    @property
    def dollars_per_tb(self) -> float:
        """Of text, uncompressed."""
        return self.dollars_a_month / (self.gb_a_day * DAYS_A_MONTH) * 1000


def read_measured(pages: Sequence[Path] = PAGES) -> Measured:
    """Read the tables; ValueError where one is missing or lacks loglake on Spark.

    A GB costs what the set of 3.6 GB took more than that of 0.9; an object costs what the small set took beside its
    text and the start.
    """
    tiny, small, middle, large = (_Set.read(name, pages) for name in ("tiny", "small", "0.9", "3.6"))
    per_gb_s = (large.cpu_s - middle.cpu_s) / (large.gigabytes - middle.gigabytes)
    start_cpu_s = tiny.cpu_s - per_gb_s * tiny.gigabytes
    per_object_s = max(0.0, (small.cpu_s - start_cpu_s - per_gb_s * small.gigabytes) / small.objects)
    late = next(row for row in tables(measured("late batches", pages))[0] if row[""].startswith("s of a late batch"))
    per_hour_s = number(late["with late batches"])
    mediapackage_s = None
    for row in (row for table in tables(measured("mediapackage", pages)) for row in table):
        if row["sample"] == "mediapackage":
            start_of_command_s = _Set.read("tiny", pages, "loglake").cpu_s - per_gb_s * tiny.gigabytes
            mediapackage_s = (number(row["CPU s"]) - start_of_command_s) / number(row["MB of text"]) * 1000
    return Measured(tiny.wall_s, per_gb_s, per_object_s, large.rows / large.gigabytes, per_hour_s, mediapackage_s)


@dataclass(frozen=True)
class _Set:
    gigabytes: float
    rows: float
    objects: float
    wall_s: float
    cpu_s: float

    @classmethod
    def read(cls, name: str, pages: Sequence[Path], contender: str = "loglake_on_spark") -> _Set:
        text = measured(name, pages)
        found = [row for row in tables(text)[0] if row["contender"] == contender] if tables(text) else []
        if not found:
            raise ValueError(f"the benchmark {name} has no row of {contender}")
        heading = next(line for line in text.splitlines() if line.startswith("### ")).partition(": ")[2]
        size, rest = heading.split(", ", maxsplit=1)
        rows, files = rest.split(" rows in ")
        return cls(number(size), number(rows), number(files), number(found[0]["wall s"]), number(found[0]["CPU s"]))


def run_s(gigabytes: float, workers: int, cost: Measured, assumed: Assumptions) -> float:
    """Seconds that a run is billed for: its start, its text on all workers but the driver's, and publishing."""
    objects = gigabytes * 1000 / assumed.object_mb
    cpu_s = (cost.per_gb_s * gigabytes + cost.per_object_s * objects) * assumed.per_vcpu * assumed.on_s3
    vcpus = (workers - 1) * assumed.vcpus_per_worker * assumed.busy
    start_s = assumed.glue_start_s + cost.start_s * assumed.per_vcpu
    return start_s + cpu_s / vcpus + cost.per_hour_s * assumed.hours_touched * assumed.on_s3


def schedule(gb_a_day: float, runs_a_day: int, cost: Measured, assumed: Assumptions) -> Schedule | None:
    """The fewest workers with which the busiest run takes no more than its share of the interval; None: too few."""
    gigabytes, longest_s = gb_a_day / runs_a_day, 86_400 / runs_a_day * assumed.longest_share
    for workers in range(2, MOST_WORKERS + 1):
        if run_s(gigabytes * assumed.peak, workers, cost, assumed) <= longest_s:
            return Schedule(gb_a_day, runs_a_day, workers, run_s(gigabytes, workers, cost, assumed))
    return None


def dpu_hours_per_tb(cost: Measured, assumed: Assumptions, workers: int = 10) -> float:
    """Of a long run, such as a backfill, in which starting and publishing do not count."""
    terabyte_s = run_s(1000, workers, cost, assumed) - run_s(0, workers, cost, assumed)
    return terabyte_s / 3600 * workers
