"""The work of `loglake reprocess` and `loglake backfill`: take chosen raw objects in again, as one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.cli.console import err, say, size
from shared.cli.ingest import carry_out, tell
from shared.cli.named import existing_lake, source_named
from shared.cli.progress import Bar
from shared.cli.tabular import below, print_table
from shared.cli.values import print_json
from shared.engine.backfill import CURRENT, Backfill, BackfillStatus, as_lines, note_outcome, outcome, read_backfill
from shared.engine.config import parse_hour, refine_settings
from shared.engine.operation import NO_PURPOSE, Operation, Purpose
from shared.engine.refine import RefineReport, Refinery
from shared.engine.reprocess import Beginning, Preview, Reprocess, Selection, preview
from shared.engine.settings import RefineSettings
from shared.errors import UsageError
from shared.sources.base import Source

_SHOWN = 20  # lines of a list for people; JSON has them all


@dataclass(frozen=True)
class Choice:
    """The options that choose objects, as typed."""

    patterns: tuple[str, ...]
    from_hour: str | None
    to_hour: str | None
    reason: str | None
    parser_before: str | None
    salvage: bool

    def selection(self, source: Source) -> Selection:
        """What they spell."""
        return Selection(
            self.patterns,
            parse_hour(self.from_hour, "--from") if self.from_hour else None,
            parse_hour(self.to_hour, "--to") if self.to_hour else None,
            self.reason,
            self.salvage,
            _version(self.parser_before, source) if self.parser_before else None,
        )


@dataclass(frozen=True)
class Manner:
    """The options that say how the work is done and told."""

    cores: str
    dry_run: bool
    restart: bool
    as_json: bool


def reprocess(source_name: str, arguments: Mapping[str, str], choice: Choice, manner: Manner) -> None:
    """Take the chosen objects in again, or only say what that would touch."""
    source, settings = source_named(source_name), _settings(arguments)
    selection = choice.selection(source)
    selection.require_possible(source, has_raw=bool(settings.raw_uri))
    if not settings.raw_uri:  # with raw logs, this very call may make the lake
        existing_lake(settings.lake_uri, settings.catalog)
    if manner.dry_run:
        _tell_preview(preview(settings, source, selection, restart=manner.restart), as_json=manner.as_json)
    else:
        _operate(source, settings, selection, NO_PURPOSE, manner, on_end=lambda _operation: None)


def backfill(file: str, arguments: Mapping[str, str], manner: Manner) -> None:
    """Do what an approved file says and note it there; of any other file say what is the matter."""
    planned = read_backfill(file)
    source = source_named(planned.source)
    settings = _settings({**arguments, "raw_uri": planned.raw} if planned.raw else arguments)
    selection = planned.selection(source)
    if planned.status is BackfillStatus.DONE and not manner.dry_run:
        say(f"{file} was done{f' on {planned.finished}' if planned.finished else ''}: nothing to do.")
        return
    if not settings.raw_uri:  # with raw logs, this very call may make the lake
        existing_lake(settings.lake_uri, settings.catalog)
    if manner.dry_run or planned.status is not BackfillStatus.APPROVED:
        _tell_preview(preview(settings, source, selection, restart=manner.restart), as_json=manner.as_json)
    if manner.dry_run:
        return
    _require_approval(planned)
    purpose = planned.purpose
    _operate(source, settings, selection, purpose, manner, on_end=lambda operation: _note(planned, operation))


def _settings(arguments: Mapping[str, str]) -> RefineSettings:
    return refine_settings({"raw_uri": "", **arguments})


def _version(text: str, source: Source) -> int:
    if text == CURRENT:
        return source.parser_version
    if not text.isdecimal():
        raise UsageError(f"--parser-before is {text!r}.", remedy=f"give a whole number, or {CURRENT}")
    return int(text)


def _require_approval(planned: Backfill) -> None:
    if planned.status is BackfillStatus.PLANNED:
        raise UsageError(
            f"{planned.where} is planned, not approved: nothing was done.",
            remedy='look at what it would do, have it approved, and set status = "approved" in it',
        )
    if planned.status is BackfillStatus.CANCELLED:
        raise UsageError(
            f"{planned.where} is cancelled: nothing was done.",
            remedy='set status = "approved" in it if it is to be done after all',
        )


def _note(planned: Backfill, operation: Operation) -> None:
    if not operation.objects:
        raise UsageError(
            f"{planned.where} chooses no object: nothing was done, and it stays approved.",
            remedy="check its source, hours and patterns, and --lake",
        )
    keys = outcome(operation, datetime.now(UTC))
    if note_outcome(planned.where, keys):
        err.print(f"{planned.where} says that it is done: commit it", markup=False)
    else:
        err.print(f"{planned.where} cannot be written here; put these lines into it:", markup=False)
        err.print(as_lines(keys).rstrip(), markup=False)


def _operate(
    source: Source,
    settings: RefineSettings,
    selection: Selection,
    purpose: Purpose,
    manner: Manner,
    on_end: Callable[[Operation], None],
) -> None:
    begun: list[Beginning] = []

    def work(refinery: Refinery, bar: Bar) -> RefineReport:
        def on_begin(beginning: Beginning) -> None:
            begun.append(beginning)
            bar.whole(len(beginning.batch_sizes))
            _tell_beginning(beginning)

        order = Reprocess(refinery, selection, purpose, restart=manner.restart, on_begin=on_begin, on_end=on_end)
        order.on_batch = bar.batches_done
        return order.run()

    done = carry_out(source, settings, work, cores=manner.cores)
    facts = {"operation": _operation_facts(begun[0])}
    tell(done, as_json=manner.as_json, nothing="Nothing to take in again", facts=facts)


def _tell_beginning(beginning: Beginning) -> None:
    if beginning.is_resumed:
        err.print(_going_on(beginning), markup=False)
    for url in beginning.chosen.gone[:_SHOWN]:
        err.print(f"gone, its rows stay as they are: {url}", markup=False)
    if (more := len(beginning.chosen.gone) - _SHOWN) > 0:
        err.print(f"and {more:,} more are gone")


def _going_on(beginning: Beginning) -> str:
    operation = beginning.operation
    return (
        f"going on with what was begun on {operation.begun_at}: {beginning.done:,} of {operation.objects:,} objects "
        "are done (--restart reads all again)"
    )


def _operation_facts(beginning: Beginning) -> dict[str, Any]:
    operation = beginning.operation
    return {
        "begun_at": operation.begun_at,
        "is_resumed": beginning.is_resumed,
        "objects": operation.objects,
        "done_before": beginning.done,
        "gone": len(beginning.chosen.gone),
    }


def _tell_preview(found: Preview, *, as_json: bool) -> None:
    beginning = found.beginning
    objects, gone, new, _ = beginning.chosen
    byte_count = sum(raw.size_bytes for raw in objects)
    if as_json:
        print_json(
            {
                "objects": [{"object": raw.url, "size_bytes": raw.size_bytes} for raw in objects],
                "bytes": byte_count,
                "new": new,
                "batches": len(beginning.batch_sizes),
                "partitions": [{"table": t, "partition": hour, "rows": rows} for (t, hour), rows in found.rows.items()],
                "gone": list(gone),
                "operation": _operation_facts(beginning),
            }
        )
        return
    if beginning.is_resumed:
        say(_going_on(beginning))
    folder, names = below([raw.url for raw in objects[:_SHOWN]])
    rows = [{"object": name, "bytes": raw.size_bytes} for name, raw in zip(names, objects, strict=False)]
    _print_some(rows, len(objects), f"Below {folder}")
    hours = [{"table": table, "hour": hour, "rows now": count} for (table, hour), count in found.rows.items()]
    _print_some(hours[:_SHOWN], len(hours), "Hours that would be rewritten")
    not_in = f", {new:,} of them not in yet" if new else ""
    say(f"{_count(len(objects), 'object')} ({size(byte_count)}) would be taken in{not_in}; {len(gone):,} are gone.")
    say(
        f"{_count(len(hours), 'hour')} with {_count(sum(found.rows.values()), 'row')} would be rewritten, in "
        f"{_count(len(beginning.batch_sizes), 'batch', 'batches')}."
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> _count(1, "batch", "batches"), _count(2, "row")
    ('1 batch', '2 rows')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _print_some(rows: list[dict[str, Any]], total: int, title: str) -> None:
    if rows:
        print_table(rows, list(rows[0]), title)
        if total > len(rows):
            say(f"... and {total - len(rows):,} more")
        say("")
