"""The frame of a parser of one object: lines, JSON or Parquet to batches, batches to rows in line order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from shared.sources.base import Parsed
from shared.sources.columns.batch import Batch
from shared.sources.columns.delimited import read_careful, read_uniform
from shared.sources.columns.dialect import Dialect
from shared.sources.columns.jsonlines import are_objects, begins_json, read_json
from shared.sources.columns.lines import LINE_LIMIT, Lines
from shared.sources.columns.parquet import read_parquet
from shared.sources.columns.record_lines import parse_as_lines
from shared.sources.columns.rejects import Rejects
from shared.sources.columns.segments import LOOK_AHEAD, RECORD, Segments

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineParser:
    """Parses one object piece by piece.

    Rows have the schema of the source's parsed columns; text that repeats is dictionary<int32, string>, so that each
    distinct value is treated once. Rows come in line order.

    dialect   the format of the lines
    to_rows   gives the rows of a batch, `source_line` among them, in the batch's order, and adds to the rejects
    schema    that of the rows
    """

    def __init__(self, dialect: Dialect, to_rows: Callable[[Batch, Rejects], pa.Table], schema: pa.Schema) -> None:
        self._dialect, self._to_rows, self._schema = dialect, to_rows, schema
        self._segments = Segments(dialect)
        self._next_line = 1
        self._is_json = self._has_json = False

    @property
    def lines_read(self) -> int:
        """How many lines the object has had so far."""
        return self._next_line - 1

    def parse_text(self, text: bytes) -> Parsed:
        """Parse whole lines; only the last line of the last piece may lack its newline.

        A piece may have up to 1 GiB. Larger pieces are faster, since each distinct value is converted once a piece.
        """
        rejects, ignored = Rejects(), dict[str, int]()
        lines = self._after_headers(text, ignored)
        self._next_line = lines.first_number + len(lines)
        if not len(lines):
            return self._parsed([], rejects, ignored)
        if self._is_json:
            return self._parse_json(lines, rejects, ignored)
        uniform = None
        if self._segments.layout is not None:  # else the first line is longer than any: nothing is known yet
            uniform = read_uniform(lines, self._segments.settled(lines.head(LOOK_AHEAD)), self._dialect)
        batches = [uniform] if uniform else read_careful(lines, self._segments, self._dialect, rejects, ignored)
        return self._parsed(batches, rejects, ignored)

    def parse_records(self, records: pa.Table) -> Parsed:
        """Parse records out of their wrappings: JSON objects, or delimited lines without a header.

        Each tells which it is, for messages of any log may stand beside them. What is neither is broken JSON where
        there is JSON.
        """
        is_json = are_objects(records["text"].combine_chunks())
        self._has_json |= bool(is_json.any())
        if self._has_json and not self._reads_lines():
            is_json[:] = True
        if is_json.all():
            return self._parse_alike(records, self._parse_json_text)
        if not is_json.any():
            return self._parse_alike(records, self.parse_text)
        objects = self._parse_alike(records.filter(pa.array(is_json)), self._parse_json_text)
        lines = self._parse_alike(records.filter(pa.array(~is_json)), self.parse_text)
        return Parsed(
            self._in_line_order([objects.rows, lines.rows]),
            pa.concat_tables([objects.rejects, lines.rejects]).sort_by("source_line"),
            Counter(objects.ignored) + Counter(lines.ignored),
        )

    def _parse_alike(self, records: pa.Table, parse: Callable[[bytes], Parsed]) -> Parsed:
        return parse_as_lines(records, parse, self.lines_read)

    def forget_layout(self) -> None:
        """A part of the object is missing, and with it maybe a header: what follows is told anew, not guessed."""
        self._segments.forget()
        self._is_json = self._has_json = False

    def parse_parquet(self, table: pa.Table) -> Parsed:
        """Parse the rows of a Parquet object (or of one row group)."""
        rejects = Rejects()
        batches = read_parquet(table, self._next_line, self._dialect, rejects)
        self._next_line += table.num_rows
        return self._parsed(batches, rejects, {})

    def _reads_lines(self) -> bool:
        """Whether anything says how to read delimited lines: a header, or the settings."""
        return (self._segments.layout or self._dialect.without_header()).refused is None

    def _parse_json_text(self, text: bytes) -> Parsed:
        lines = Lines(text, self._next_line)
        self._next_line += len(lines)
        return self._parse_json(lines, Rejects(), {})

    def _parse_json(self, lines: Lines, rejects: Rejects, ignored: dict[str, int]) -> Parsed:
        return self._parsed(read_json(lines, self._dialect, rejects, ignored), rejects, ignored)

    def _after_headers(self, text: bytes, ignored: dict[str, int]) -> Lines:
        """The lines from the first record on; what stands before it says how to read it."""
        at, number = 0, self._next_line
        if number == 1 and text.startswith(_BYTE_ORDER_MARK) and text != _BYTE_ORDER_MARK:
            at = len(_BYTE_ORDER_MARK)
        while at < len(text) and not self._is_json:
            end = text.find(b"\n", at) + 1 or len(text)
            line = text[at:end].removesuffix(b"\n").removesuffix(b"\r")
            if self._segments.layout is None and begins_json(line, text):
                self._is_json = True
            elif len(line) > LINE_LIMIT or (kind := self._segments.see(line)) == RECORD:
                break
            else:
                ignored[kind] = ignored.get(kind, 0) + 1
                at, number = end, number + 1
        return Lines(text, number, at)

    def _parsed(self, batches: Sequence[Batch], rejects: Rejects, ignored: Mapping[str, int]) -> Parsed:
        tables = [self._to_rows(batch, rejects) for batch in batches if len(batch)]
        return Parsed(self._in_line_order(tables), rejects.to_table(), ignored)

    def _in_line_order(self, tables: list[pa.Table]) -> pa.Table:
        if len(tables) < 2:
            return tables[0] if tables else self._schema.empty_table()
        # Combined first: only so do the chunks of a dictionary column share their values.
        table = pa.concat_tables(tables).combine_chunks()
        return table.take(pa.array(np.argsort(table["source_line"].to_numpy(), kind="stable")))
