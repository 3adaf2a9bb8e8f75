"""The parser of one object of CloudFront standard logs, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.cloudfront.batch import Batch
from shared.sources.cloudfront.convert import Conversion, split_by_time, to_rows
from shared.sources.cloudfront.delimited import read_careful, read_uniform
from shared.sources.cloudfront.jsonlines import begins_json, read_json
from shared.sources.cloudfront.lines import LINE_LIMIT, Lines
from shared.sources.cloudfront.parquet import read_parquet
from shared.sources.cloudfront.rejects import Rejects
from shared.sources.cloudfront.segments import LOOK_AHEAD, RECORD, Segments
from shared.sources.cloudfront.table import PARSED_SCHEMA
from shared.sources.record_lines import parse_as_lines

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class CloudfrontParser:
    """Parses one object piece by piece.

    Rows have PARSED_SCHEMA: the columns of the table that the parser fills, in declared order; text that repeats is
    dictionary<int32, string>, so that each distinct value is treated once. Rows come in line order.
    """

    def __init__(self, facts: KeyFacts, settings: SourceSettings) -> None:
        self._segments = Segments(facts, settings)
        self._conversion = Conversion(facts.resource_id, settings.resources)
        self._settings = settings
        self._next_line = 1
        self._is_json = False

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
            return self._parsed(read_json(lines, self._settings, rejects, ignored), rejects, ignored)
        layout = self._segments.settled(lines.head(LOOK_AHEAD))
        uniform = read_uniform(lines, layout)
        batches = [uniform] if uniform else read_careful(lines, self._segments, rejects, ignored)
        return self._parsed(batches, rejects, ignored)

    def parse_records(self, records: pa.Table) -> Parsed:
        """Parse records out of their wrappings: JSON objects, or delimited lines without a header."""
        return parse_as_lines(records, self.parse_text, self._next_line - 1)

    def forget_layout(self) -> None:
        """A part of the object is missing, and with it maybe a header: what follows is told anew, not guessed."""
        self._segments.forget()
        self._is_json = False

    def parse_parquet(self, table: pa.Table) -> Parsed:
        """Parse the rows of a Parquet object (or of one row group)."""
        rejects = Rejects()
        batches = read_parquet(table, self._next_line, self._settings, rejects)
        self._next_line += table.num_rows
        return self._parsed(batches, rejects, {})

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
        tables = [self._rows(batch, rejects) for batch in batches if len(batch)]
        return Parsed(_in_line_order(tables), rejects.to_table(), ignored)

    def _rows(self, batch: Batch, rejects: Rejects) -> pa.Table:
        timely, times, timeless = split_by_time(batch)
        for row in timeless:
            rejects.add(batch.numbers[row], BadReason.BAD_TIMESTAMP, batch.redact(batch.raw(row)))
        return to_rows(timely, times, self._conversion)


def _in_line_order(tables: list[pa.Table]) -> pa.Table:
    if len(tables) < 2:
        return tables[0] if tables else PARSED_SCHEMA.empty_table()
    # Combined first: only so do the chunks of a dictionary column share their values.
    table = pa.concat_tables(tables).combine_chunks()
    return table.take(pa.array(np.argsort(table["source_line"].to_numpy(), kind="stable")))
