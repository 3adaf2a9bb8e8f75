"""The work of `loglake run`, and what it shares with `loglake reprocess`: to take raw objects in, and say so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.cli.console import err, say, size
from shared.cli.named import source_named
from shared.cli.progress import Bar, progress_bar
from shared.cli.tabular import print_table
from shared.cli.values import print_json
from shared.engine.config import refine_settings
from shared.engine.executor import Progress, local_cores
from shared.engine.refine import RefineReport, Refinery
from shared.engine.report import glue_cost_dollars, summary
from shared.engine.settings import RefineSettings
from shared.engine.worker_processes import ProcessExecutor
from shared.errors import LoglakeError
from shared.sources.base import Source

_LOCAL_DPUS = 2  # the smallest Glue job: what the cost estimate of a local run is for


def refine(source_name: str, arguments: Mapping[str, str], *, cores: str, as_json: bool) -> None:
    """Take in what is not in yet; the arguments are those of `refine_settings`."""
    source, settings = source_named(source_name), refine_settings(arguments)
    work = carry_out(source, settings, lambda refinery, _bar: refinery.refine(), cores=cores)
    tell(work, as_json=as_json, nothing="Nothing new: every raw object is in already")


def executor(cores: str, progress: Progress) -> ProcessExecutor:
    """Where the tasks run."""
    number = local_cores() if cores == "*" else int(cores)
    return ProcessExecutor(number, progress, lambda what: err.print(what, markup=False))


class Work(NamedTuple):
    """What was done, and how long it took."""

    report: RefineReport
    wall_s: float


def carry_out(
    source: Source, settings: RefineSettings, work: Callable[[Refinery, Bar], RefineReport], *, cores: str
) -> Work:
    """Do it, under a progress bar."""
    started = time.monotonic()
    with progress_bar() as bar, executor(cores, bar) as tasks:
        report = work(Refinery(source, settings, tasks, on_wait=lambda what: err.print(what, markup=False)), bar)
    return Work(report, time.monotonic() - started)


def tell(work: Work, *, as_json: bool, nothing: str, facts: Mapping[str, Any] | None = None) -> None:
    """Print what became of it; LoglakeError when the parser failed on objects.

    nothing  what it means that there was nothing to do; facts: what JSON says beside the numbers
    """
    report, wall_s = work
    numbers = summary(report.batches) | {"wall_s": round(wall_s, 3)}
    for url in report.gone:
        err.print(f"gone, so its copies of records that another object no longer has are lost: {url}", markup=False)
    for sentence in report.withdrawn.sentences():
        err.print(sentence, markup=False)
    if as_json:
        expired = {table: len(hours) for table, hours in report.withdrawn.expired.items()}
        print_json({"source": report.source, **numbers, "hours_expired": expired, **(facts or {})})
    elif not report.batches:
        say(f"{nothing} ({wall_s:.1f} s).")
    else:
        _tell_numbers(numbers, wall_s)
    if report.parser_failures:
        raise LoglakeError(
            f"The parser failed on {len(report.parser_failures)} objects, first {report.parser_failures[0]}.",
            remedy="they are in quarantine with reason parser_failed; report it, and reprocess them once it is mended",
        )


def _tell_numbers(numbers: Mapping[str, Any], wall_s: float) -> None:
    damaged = f", {numbers['objects_damaged']:,} of them damaged" if numbers["objects_damaged"] else ""
    say(
        f"Took in {numbers['objects']:,} objects ({size(numbers['bytes_read'])}){damaged}, in "
        f"{numbers['batches']} batch{'es' if numbers['batches'] > 1 else ''}, {wall_s:.1f} s."
    )
    terms = ("records", "rows", "duplicates", "quarantined", "ignored")
    print_table([{name: numbers[name] for name in terms}], terms)
    if numbers["reasons"]:
        say("In quarantine: " + ", ".join(f"{name} {count:,}" for name, count in numbers["reasons"].items()))
    cost = glue_cost_dollars(wall_s, _LOCAL_DPUS)
    say(f"Wrote {size(numbers['bytes_written'])} of Parquet in {numbers['partitions']:,} partitions.")
    say(f"As long on Glue with {_LOCAL_DPUS} DPUs: ${cost:.4f} (list price, a minute at least, without S3).")
