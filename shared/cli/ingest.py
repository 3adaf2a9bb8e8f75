"""The work of `loglake run` and `loglake reprocess`: take raw objects in, or in again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from shared.cli.console import err, say, size
from shared.cli.named import existing_lake, source_named
from shared.cli.progress import progress_bar
from shared.cli.tabular import below, print_table
from shared.cli.values import print_json
from shared.engine.config import parse_hour, refine_settings
from shared.engine.executor import Executor, Progress, SparkExecutor
from shared.engine.refine import RefineReport, Refinery
from shared.engine.report import glue_cost_dollars, summary
from shared.engine.reprocess import Chosen, Selection, select_objects
from shared.engine.settings import RefineSettings
from shared.errors import LoglakeError
from shared.runtime import spark_session
from shared.sources.base import Source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOCAL_DPUS = 2  # the smallest Glue job: what the cost estimate of a local run is for


def refine(source_name: str, arguments: Mapping[str, str], *, cores: str, as_json: bool) -> None:
    """Take in what is not in yet; the arguments are those of `refine_settings`."""
    source, settings = source_named(source_name), refine_settings(arguments)
    _carry_out(source, settings, Refinery.refine, cores=cores, as_json=as_json)


def retake(
    source_name: str, arguments: Mapping[str, str], selection: Selection, *, dry_run: bool, cores: str, as_json: bool
) -> None:
    """Take the selected objects in again, or only list them."""
    source, settings = source_named(source_name), refine_settings({"raw_uri": "", **arguments})
    existing_lake(settings.lake_uri, settings.catalog)
    found = select_objects(settings, source, selection)
    if dry_run or not found.objects:
        _list(found, as_json=as_json)
        return
    for url in found.gone:
        err.print(f"gone, its rows stay as they are: {url}", markup=False)
    _carry_out(source, settings, lambda refinery: refinery.retake(found.objects), cores=cores, as_json=as_json)


def chosen(
    patterns: tuple[str, ...], from_hour: str | None, to_hour: str | None, reason: str | None, *, salvage: bool
) -> Selection:
    """The selection that these options spell."""
    return Selection(
        patterns,
        parse_hour(from_hour, "--from") if from_hour else None,
        parse_hour(to_hour, "--to") if to_hour else None,
        reason,
        salvage,
    )


@contextmanager
def executor(name: str, cores: str, progress: Progress) -> Iterator[Executor]:
    """Where the tasks run. Spark starts at the first task: a run with nothing to do needs none."""
    with ExitStack() as stack:
        started: list[SparkSession] = []

        def session() -> SparkSession:
            if not started:
                started.append(stack.enter_context(spark_session(name, cores=cores)))
            return started[0]

        yield SparkExecutor(session, progress)


def _carry_out(
    source: Source,
    settings: RefineSettings,
    work: Callable[[Refinery], RefineReport],
    *,
    cores: str,
    as_json: bool,
) -> None:
    started = time.monotonic()
    with progress_bar() as bar, executor(f"loglake {source.name}", cores, bar) as tasks:
        report = work(Refinery(source, settings, tasks, on_wait=lambda what: err.print(what, markup=False)))
    wall_s = time.monotonic() - started
    numbers = summary(report.batches) | {"wall_s": round(wall_s, 3)}
    for url in report.gone:
        err.print(f"gone, so its copies of records that another object no longer has are lost: {url}", markup=False)
    if as_json:
        print_json({"source": source.name, **numbers})
    else:
        _tell(numbers, wall_s)
    if report.parser_failures:
        raise LoglakeError(
            f"The parser failed on {len(report.parser_failures)} objects, first {report.parser_failures[0]}.",
            remedy="they are in quarantine with reason parser_failed; report it, and reprocess them once it is mended",
        )


def _list(found: Chosen, *, as_json: bool) -> None:
    if as_json:
        objects = [{"object": raw.url, "size_bytes": raw.size_bytes} for raw in found.objects]
        print_json({"objects": objects, "gone": list(found.gone)})
        return
    folder, names = below([raw.url for raw in found.objects])
    if names:
        rows = [{"object": name, "bytes": raw.size_bytes} for name, raw in zip(names, found.objects, strict=True)]
        print_table(rows, ["object", "bytes"], f"Below {folder}")
    say(f"{len(names):,} objects would be taken in again, {len(found.gone):,} are gone.")


def _tell(numbers: Mapping[str, Any], wall_s: float) -> None:
    if not numbers["batches"]:
        say(f"Nothing new: every raw object is in already ({wall_s:.1f} s).")
        return
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
