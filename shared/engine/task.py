"""What a task does: open each object of a group, parse it, enrich it, write its rows to Parquet by event hour.

A damaged or hostile object costs itself (or its damaged part) and a quarantine entry; the others go on. Every line is
accounted for: what the parser says of a piece is held against the lines that the piece has.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from shared.engine.hour_files import HourFiles, hours_of
from shared.engine.plan import Group, RawObject
from shared.engine.row_batches import RowBatches
from shared.enrich.pipeline import Enricher
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError, LossError
from shared.lake.jobs import StagedFile
from shared.lake.ledger import Status
from shared.lake.parquet import conform
from shared.lake.subjects import Erasures
from shared.lake.tables import QUARANTINE
from shared.lake.withheld import erasures_of_run
from shared.raw.json_records import Opened
from shared.raw.pieces import CutLine, Damage, FileEnd, ParquetPiece
from shared.raw.read_ahead import ReadAhead
from shared.raw.records import BadRecord, RecordsPiece
from shared.raw.unwrap import unwrap
from shared.reasons import BadReason
from shared.sources.base import REJECT_SCHEMA, ObjectParser, Parsed, Source, SourceSettings
from shared.storage import ObjectUnavailableError, open_store
from shared.tables import Table
from shared.tables.partitions import MS_PER_HOUR
from shared.text import runs_of_lines
from shared.text.hashing import key_hashes

_HELD_BYTES = 64 * 1024 * 1024  # rows of one object held back until it is known to be good
_RAW_TEXT_LIMIT = 8192
_MOST_LINES = 1 << 18  # parsed at once: of the shortest ones, each bad, a piece of text would fill the memory
_CUT = {
    BadReason.CUT_LINE: "a part of the line is lost in a damaged place of the object",
    BadReason.LINE_TOO_LONG: "longer than any line that the format has",
}


@dataclass(frozen=True)
class IngestContext:
    """What the tasks of a run share. It travels to the workers, so it holds values only.

    erases  there are erased subjects, as the run's snapshot lists them
    """

    source: Source
    source_settings: SourceSettings
    enrich_settings: EnrichSettings
    viewer_key: bytes
    run_id: str
    lake_uri: str
    erases: bool = False

    @property
    def erasures(self) -> Erasures | None:
        """The erased subjects, if any."""
        return erasures_of_run(self.lake_uri, self.run_id, self.viewer_key) if self.erases else None


@dataclass
class ObjectOutcome:
    """What became of one object: the loss equation's terms, before the duplicate check.

    records      everything read: parsed + quarantined + ignored
    parsed       records that are rows so far
    quarantined  records and object entries in quarantine
    hours        since the epoch, by the name of the table to which its rows of that hour go
    """

    raw: RawObject
    status: Status = Status.TAKEN
    records: int = 0
    parsed: int = 0
    rejected: int = 0
    object_entries: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    hours: dict[str, set[int]] = field(default_factory=dict)
    quarantine_hour: int | None = None
    text_bytes: int = 0

    @property
    def quarantined(self) -> int:
        """Entries in quarantine: bad records, and one for each bad part of the object itself."""
        return self.rejected + self.object_entries


@dataclass(frozen=True)
class GroupOutcome:
    """What a task hands back: small facts, never rows."""

    staged: tuple[StagedFile, ...]
    objects: tuple[ObjectOutcome, ...]


def ingest_group(context: IngestContext, group: Group) -> GroupOutcome:
    """Take in the objects of a group; writes only to the run's staging area.

    Where the parser itself fails on an object of which rows are written already, the group is begun anew without it:
    the names of its files are fixed, so they are written again.
    """
    failed: dict[str, str] = {}
    while True:
        try:
            return _ingest(context, group, failed)
        except _FailedLateError as error:
            failed[error.url] = error.detail


class _FailedLateError(Exception):
    """The parser failed on an object after rows of it were written."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, detail)
        self.url, self.detail = url, detail


def _ingest(context: IngestContext, group: Group, failed: Mapping[str, str]) -> GroupOutcome:
    lake = open_store(context.lake_uri)
    enricher = Enricher(context.enrich_settings, context.viewer_key)
    tables = (*context.source.tables, QUARANTINE)
    with ExitStack() as opened:
        files = {t.name: opened.enter_context(HourFiles(lake, t, context.run_id, group.number)) for t in tables}
        bad = files[QUARANTINE.name]
        rows = {
            table.name: RowBatches(partial(_finished, context, enricher, table), files[table.name])
            for table in context.source.tables
        }
        outcomes = []
        with _contents(group, failed) as contents:
            for raw in group.objects:
                intake = _Intake(context, enricher, raw, rows, bad)
                outcomes.append(intake.refuse(failed[raw.url]) if raw.url in failed else intake.run(contents.take))
        for batches in rows.values():
            batches.flush()
    return GroupOutcome(tuple(file for each in files.values() for file in each.staged), tuple(outcomes))


def _contents(group: Group, failed: Mapping[str, str]) -> ReadAhead[RawObject]:
    """The contents of the group's objects, without those that are refused anyway."""
    wanted = [raw for raw in group.objects if raw.url not in failed]
    at_once = max((open_store(root).reads_at_once for root in {raw.root for raw in wanted}), default=1)
    return ReadAhead(
        wanted, lambda raw: open_store(raw.root).read(raw.key), lambda raw: raw.size_bytes, at_once=at_once
    )


def _finished(context: IngestContext, enricher: Enricher, table: Table, parsed: pa.Table) -> pa.Table:
    """Parsed rows (of any objects) as their table has them."""
    rows = enricher.apply(parsed)
    hashes = key_hashes([rows[name] for name in table.hashed_columns]).view(np.int64)
    rows = rows.append_column("ingest_run", _constant(context.run_id, rows.num_rows))
    return conform(rows.append_column("record_hash", pa.array(hashes)), table)


class _Intake:
    """Takes in one object."""

    def __init__(
        self,
        context: IngestContext,
        enricher: Enricher,
        raw: RawObject,
        rows: Mapping[str, RowBatches],
        bad: HourFiles,
    ) -> None:
        self._context, self._enricher, self.raw, self._rows, self._bad = context, enricher, raw, rows, bad
        self._outcome = ObjectOutcome(raw)
        self._held: list[tuple[str, pa.Table]] = []
        self._held_bytes = 0
        self._handed_to: set[str] = set()
        self._is_read = self._written = False

    def run(self, read: Callable[[], bytes]) -> ObjectOutcome:
        outcome = self._outcome
        try:
            data = read()
        except ObjectUnavailableError as error:
            self._object_entry(BadReason.VANISHED, error.what)
            outcome.status = Status.MISSING
            return outcome
        facts = self._context.source.read_key(self.raw.key)
        parser = self._context.source.new_parser(facts, self._context.source_settings)
        try:
            for piece in unwrap(data, salvage=self.raw.salvage):
                self._take(piece, parser)
        except (LoglakeError, OSError, MemoryError, _FailedLateError):
            raise  # of the lake, the machine or another object
        except Exception as error:
            if self._handed_to:
                raise _FailedLateError(self.raw.url, _told(error)) from error
            return self.refuse(_told(error))
        self._is_read = True
        self._hand_on()
        return outcome

    def refuse(self, detail: str) -> ObjectOutcome:
        """Our own fault: none of the object's rows is kept, so that a mended parser takes it in whole."""
        self._held, self._held_bytes = [], 0
        self._outcome.parsed, self._outcome.hours = 0, {}
        self._outcome.records = self._outcome.quarantined + self._outcome.ignored.total()
        self._object_entry(BadReason.PARSER_FAILED, detail)
        return self._outcome

    def _take(self, piece: Opened, parser: ObjectParser) -> None:
        if isinstance(piece, Damage):
            self._object_entry(piece.reason, piece.detail)
            parser.forget_layout()
        elif isinstance(piece, FileEnd):
            parser.forget_layout()
        elif isinstance(piece, CutLine):
            if not piece.continues:
                self._outcome.records += 1
                self._reject(_rejects([BadRecord(piece.text, None, piece.reason, _CUT[piece.reason])]))
        elif isinstance(piece, RecordsPiece):
            self._outcome.text_bytes += piece.records["text"].nbytes
            for first in range(0, piece.records.num_rows, _MOST_LINES):
                records = piece.records.slice(first, _MOST_LINES)
                self._account(parser.parse_records(records), lines=records.num_rows)
            self._outcome.records += len(piece.bad) + sum(piece.ignored.values())
            self._outcome.ignored.update(piece.ignored)
            self._reject(_rejects(piece.bad))
        elif isinstance(piece, ParquetPiece):
            self._account(parser.parse_parquet(piece.table), lines=piece.table.num_rows)
        else:
            self._outcome.text_bytes += len(piece.data)
            for text, lines in runs_of_lines(piece.data, _MOST_LINES):
                self._account(parser.parse_text(text), lines=lines)

    def _account(self, parsed: Parsed, lines: int) -> None:
        accounted = parsed.records + sum(parsed.ignored.values())
        # A line may hold several records (JSON objects without a newline between them), but none may have none.
        if accounted < lines:
            raise LossError(
                f"{self.raw.url}: {lines} lines read, only {accounted} accounted for.",
                remedy="nothing was published; report it as a fault of loglake, with the object",
            )
        self._outcome.records += accounted
        self._outcome.ignored.update(parsed.ignored)
        self._reject(parsed.rejects)
        if parsed.rows.num_rows:
            self._hold(parsed.rows)

    def _hold(self, parsed: pa.Table) -> None:
        by_table = self._context.source.by_table(parsed)
        for table in self._context.source.tables:
            rows = by_table.get(table.name)
            if rows is not None and rows.num_rows:
                self._outcome.parsed += rows.num_rows
                self._outcome.hours.setdefault(table.name, set()).update(hours_of(rows, table))
                self._held.append((table.name, self._with_origin(rows)))
                self._held_bytes += rows.nbytes
        if self._held_bytes > _HELD_BYTES:
            self._hand_on()

    def _hand_on(self) -> None:
        for table_name, rows in self._held:
            self._handed_to.add(table_name)
            self._rows[table_name].add(self, rows)
        self._held, self._held_bytes = [], 0

    def written(self) -> None:
        """Some rows are on their way into files: the object can no longer be refused."""
        self._written = True

    def refused(self, error: Exception) -> None:
        """The rows handed on cannot be finished. Of an object with others that are written or to come, all must go."""
        if self._written or not self._is_read or len(self._handed_to) > 1:
            raise _FailedLateError(self.raw.url, _told(error)) from error
        self.refuse(_told(error))

    def _with_origin(self, rows: pa.Table) -> pa.Table:
        count = rows.num_rows
        return rows.append_column("source_object", _constant(self.raw.url, count)).append_column(
            "source_modified", pa.repeat(_modified(self.raw), count)
        )

    def _object_entry(self, reason: BadReason, detail: str) -> None:
        self._outcome.status = Status.DAMAGED
        self._outcome.object_entries += 1
        self._outcome.records += 1
        self._quarantine(_rejects([BadRecord(None, None, reason, detail)]))

    def _reject(self, rejects: pa.Table) -> None:
        self._outcome.rejected += rejects.num_rows
        self._quarantine(rejects)

    def _quarantine(self, rejects: pa.Table) -> None:
        if not rejects.num_rows:
            return
        raw, count = self.raw, rejects.num_rows
        self._outcome.reasons.update(rejects["reason"].to_pylist())
        details, texts = self._redacted(rejects, "detail"), self._redacted(rejects, "raw_text")
        if erasures := self._context.erasures:
            details, texts = erasures.blank(details, texts)
        columns = {
            "source": _constant(self._context.source.name, count),
            "reason": rejects["reason"].combine_chunks().dictionary_encode(),
            "detail": pa.array(details, pa.string()),
            "raw_text": pa.array(texts, pa.string()),
            "source_object": _constant(raw.url, count),
            "source_line": rejects["source_line"],
            "source_etag": _constant(raw.etag, count),
            "source_size_bytes": pa.repeat(pa.scalar(raw.size_bytes, pa.int64()), count),
            "source_modified": pa.repeat(_modified(raw), count),
            "ingest_run": _constant(self._context.run_id, count),
        }
        self._bad.add(conform(pa.table(columns), QUARANTINE))
        self._outcome.quarantine_hour = int(raw.modified.timestamp() * 1000) // MS_PER_HOUR

    def _redacted(self, rejects: pa.Table, column: str) -> list[str | None]:
        """Only a record without a time was read by its fields, and so lost its cookie before it came here."""
        read_by_name = (reason == BadReason.BAD_TIMESTAMP for reason in rejects["reason"].to_pylist())
        texts = zip(rejects[column].to_pylist(), read_by_name, strict=True)
        redact = self._enricher.redact
        return [text and redact(text, without_cookie=known) for text, known in texts]


def _told(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = [frame for frame in frames if "shared" in Path(frame.filename).parts][-1]
    message = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {message} ({Path(where.filename).name}, line {where.lineno}, {where.name})"


def _rejects(bad: Sequence[BadRecord]) -> pa.Table:
    """What no parser has seen, as parsers give what they reject."""
    texts = [each.text and each.text[:_RAW_TEXT_LIMIT].decode("utf-8", "replace") for each in bad]
    numbers, reasons = [each.number for each in bad], [each.reason.value for each in bad]
    return pa.table([numbers, reasons, [each.detail for each in bad], texts], schema=REJECT_SCHEMA)


def _constant(text: str, count: int) -> pa.DictionaryArray:
    codes = pa.array(np.zeros(count, np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array([text], pa.string()))


def _modified(raw: RawObject) -> pa.Scalar:
    return pa.scalar(int(raw.modified.timestamp() * 1000), pa.timestamp("ms", tz="UTC"))


def staged_of(outcomes: list[GroupOutcome], table: Table) -> Iterator[StagedFile]:
    """The staged files of one table over all groups."""
    for outcome in outcomes:
        yield from (file for file in outcome.staged if file.table_name == table.name)
