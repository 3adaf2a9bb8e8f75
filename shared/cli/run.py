"""`loglake run` and `loglake reprocess`: take raw objects in, or in again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.options import AsJson, CatalogName, ConfigFile, Cores, LakeUri, SourceName
from shared.cli.output import err, fails_politely, out, print_json, print_table, progress_bar, size
from shared.engine.config import parse_hour, refine_settings
from shared.engine.executor import SparkExecutor
from shared.engine.refine import RefineReport, Refinery
from shared.engine.report import glue_cost_dollars, summary
from shared.engine.reprocess import Selection, select_objects
from shared.engine.settings import RefineSettings
from shared.errors import LoglakeError
from shared.sources.registry import SOURCES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOCAL_DPUS = 2  # the smallest Glue job: what the cost estimate of a local run is for


@fails_politely
def run(
    source: Annotated[SourceName, typer.Argument(help="The source to refine.", show_default=False)],
    raw: Annotated[str, typer.Option("--raw", help="Raw logs: a folder or s3://bucket/prefix.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    since: Annotated[
        str | None, typer.Option(help="List only objects of this hour and later, by their names: 2026-11-01T10.")
    ] = None,
    batch_bytes: Annotated[int | None, typer.Option(help="Raw bytes that one committed batch may take in.")] = None,
    batch_objects: Annotated[int | None, typer.Option(help="Raw objects that one committed batch may take in.")] = None,
    config: ConfigFile = None,
    viewer_key: Annotated[
        str | None, typer.Option(help="secretsmanager:ID of the key of viewer pseudonyms. Default: the lake's own.")
    ] = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Take in all raw objects that are not in the lake yet."""
    given: dict[str, Any] = {
        "raw_uri": raw,
        "lake_uri": lake,
        "catalog": catalog,
        "since": since,
        "batch_bytes": batch_bytes,
        "batch_objects": batch_objects,
        "config": config,
        "viewer_key": viewer_key,
    }
    settings = refine_settings({name: str(value) for name, value in given.items() if value is not None})
    _carry_out(source, settings, cores, as_json, lambda refinery: refinery.refine())


@fails_politely
def reprocess(
    source: Annotated[SourceName, typer.Argument(help="The source to reprocess.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    objects: Annotated[
        list[str] | None, typer.Option("--object", help="URL of an object, * as wildcard; may be given again.")
    ] = None,
    from_hour: Annotated[
        str | None, typer.Option("--from", help="Objects with rows in this hour or later: 2026-11-01T10.")
    ] = None,
    to_hour: Annotated[str | None, typer.Option("--to", help="... and before this hour.")] = None,
    reason: Annotated[str | None, typer.Option(help="Objects with this reason in quarantine.")] = None,
    salvage: Annotated[
        bool, typer.Option(help="Also take the readable lines before the damage in a damaged object.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be taken in again.")] = False,
    config: ConfigFile = None,
    cores: Cores = "*",
    as_json: AsJson = False,
) -> None:
    """Take chosen raw objects in again: after a fix, a change of settings, or to salvage damaged ones."""
    given = {"raw_uri": "", "lake_uri": lake, **({"catalog": catalog} if catalog else {})}
    settings = refine_settings(given | ({"config": config} if config else {}))
    selection = Selection(
        tuple(objects or ()),
        parse_hour(from_hour, "--from") if from_hour else None,
        parse_hour(to_hour, "--to") if to_hour else None,
        reason,
        salvage,
    )
    chosen = select_objects(settings, SOURCES[source], selection)
    if dry_run or not chosen.objects:
        found = [{"object": raw.url, "size_bytes": raw.size_bytes} for raw in chosen.objects]
        if as_json:
            print_json({"objects": found, "gone": list(chosen.gone)})
        else:
            print_table(found, ["object", "size_bytes"], f"{len(found)} objects would be taken in again")
        return
    for url in chosen.gone:
        err.print(f"gone, its rows stay as they are: {url}")
    _carry_out(source, settings, cores, as_json, lambda refinery: refinery.retake(chosen.objects))


def _carry_out(
    source: str,
    settings: RefineSettings,
    cores: str,
    as_json: bool,
    work: Callable[[Refinery], RefineReport],
) -> None:
    started = time.monotonic()
    with progress_bar() as bar, _lazy_session(f"loglake {source}", cores) as session:
        report = work(Refinery(SOURCES[source], settings, SparkExecutor(session, bar)))
    wall_s = time.monotonic() - started
    numbers = summary(report.batches) | {"wall_s": round(wall_s, 3)}
    if as_json:
        print_json({"source": source, **numbers})
    else:
        _tell(numbers, wall_s)
    if report.parser_failures:
        raise LoglakeError(
            f"The parser failed on {len(report.parser_failures)} objects, first {report.parser_failures[0]}.",
            remedy="they are in quarantine with reason parser_failed; report it, and reprocess them once it is mended",
        )


@contextmanager
def _lazy_session(name: str, cores: str) -> Iterator[Callable[[], SparkSession]]:
    """A session that starts at its first use: a run with nothing to do needs none."""
    from shared.runtime import spark_session  # noqa: PLC0415 - keeps commands that need no Spark quick

    with ExitStack() as stack:
        started: list[SparkSession] = []

        def session() -> SparkSession:
            if not started:
                started.append(stack.enter_context(spark_session(name, cores=cores)))
            return started[0]

        yield session


def _tell(numbers: dict[str, Any], wall_s: float) -> None:
    if not numbers["batches"]:
        out.print(f"Nothing new: every raw object is in already ({wall_s:.1f} s).")
        return
    out.print(
        f"Took in {numbers['objects']:,} objects ({size(numbers['bytes_read'])}) in {numbers['batches']} "
        f"batch{'es' if numbers['batches'] > 1 else ''}, {wall_s:.1f} s."
    )
    loss = ("records", "rows", "duplicates", "quarantined", "ignored")
    print_table(
        [{name: numbers[name] for name in (*loss, "objects_damaged", "partitions")}],
        [*loss, "objects_damaged", "partitions"],
    )
    if numbers["reasons"]:
        out.print("In quarantine: " + ", ".join(f"{name} {count:,}" for name, count in numbers["reasons"].items()))
    cost = glue_cost_dollars(wall_s, _LOCAL_DPUS)
    out.print(
        f"{size(numbers['bytes_written'])} of Parquet. The same wall time on Glue with {_LOCAL_DPUS} DPUs: ${cost:.4f} "
        "(list price, a minute at least, without S3)."
    )
