"""JSON lines to columns.

Values may be JSON strings or numbers; a number counts as its text. The fast way gives blocks of lines to Arrow's JSON
reader with an explicit schema of strings, and holds only if the counts prove that each line is one object. The careful
way reads each line by itself. Both give the bytes of each value, so that values are equal on both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from shared.reasons import BadReason
from shared.sources.columns.batch import Batch, as_read, present_in
from shared.sources.columns.dialect import TAB, Dialect
from shared.sources.columns.json_numbers import quote_numbers
from shared.sources.columns.json_objects import read_objects
from shared.sources.columns.lines import BLANK, LINE_LIMIT, Lines, Positions
from shared.sources.columns.rejects import Rejects
from shared.sources.columns.segments import BLANK_LINE
from shared.sources.columns.texts import Mask, null_markers

_BLOCK_LINES = 4096  # read together: more do not stay in the cache
_FEWEST_LINES = 64  # of a block that is read together; an odd one is halved until it has so few
_MOST_UNKNOWN = 64  # names in a batch: more are no drift of the format, and columns for them would be mostly empty
_MOST_TABS = 11  # in a first line that may be torn JSON: lines of delimited logs have more
_NUMBER = re.compile(rb'[0-9A-Za-z_]": ?[0-9-]')  # the value of a member of a first line: more are likely then
_OBJECT = r"^\s*\{"
_OPEN, _CLOSE = ord("{"), ord("}")

_Record = tuple[int, bytes, dict[str, bytes | None]]


def begins_json(line: bytes, text: bytes) -> bool:
    """Whether an object whose first line with content this is holds JSON lines; that line itself may be damaged."""
    content = line.strip(BLANK)
    if not content or content.startswith(b"#"):
        return False
    return content.startswith(b"{") or (line.count(TAB) < _MOST_TABS and b'\n{"' in text)


def are_objects(texts: pa.BinaryArray) -> Mask:
    """Which records begin as JSON objects; they may be broken behind that."""
    found: Mask = pc.starts_with(texts, b"{").to_numpy(zero_copy_only=False).copy()
    if not found.all():
        others = texts.filter(pa.array(~found))
        found[~found] = pc.match_substring_regex(others, _OBJECT).to_numpy(zero_copy_only=False)
    return found


def read_json(lines: Lines, dialect: Dialect, rejects: Rejects, ignored: dict[str, int]) -> list[Batch]:
    """Every line as a record of a batch, a reject, or ignored."""
    reader = _Reader(lines, dialect, rejects, ignored)
    for first in range(0, len(lines), _BLOCK_LINES):
        reader.read(range(first, min(first + _BLOCK_LINES, len(lines))))
    return reader.batches()


@dataclass
class _Reader:
    """Reads blocks of lines on the fast way as far as that holds, and gathers what comes of them."""

    lines: Lines
    dialect: Dialect
    rejects: Rejects
    ignored: dict[str, int]
    _seen: dict[str, None] = field(default_factory=dict)
    _plain: list[tuple[range, pa.Table]] = field(default_factory=list)
    _odd: list[_Record] = field(default_factory=list)

    def read(self, rows: range) -> None:
        """Take in a block of lines."""
        table = self._read_plain(rows)
        if table is not None:
            self._plain.append((rows, table))
        elif len(rows) <= _FEWEST_LINES:
            self._read_odd(rows)
        else:
            middle = rows.start + len(rows) // 2
            self.read(range(rows.start, middle))
            self.read(range(middle, rows.stop))

    def batches(self) -> list[Batch]:
        """All that was taken in."""
        return [*self._batches_of_plain(), *self._batches_of_odd(self._odd)]

    def _read_plain(self, rows: range) -> pa.Table | None:
        """One object of strings and numbers in each line, enough known names in each; None where that does not hold.

        The columns are binary, by wire name.
        """
        lines = self.lines
        starts, ends = lines.starts[rows.start : rows.stop], lines.ends[rows.start : rows.stop]
        block = lines.text[starts[0] : ends[-1]]
        content = np.frombuffer(lines.text, dtype=np.uint8)
        if (ends - starts).max() > LINE_LIMIT or (ends == starts).any() or not _is_utf8(block):
            return None
        # Between lines that begin and end with braces no object can go on, so as many rows as lines is one for each.
        if (content[starts] != _OPEN).any() or (content[ends - 1] != _CLOSE).any():
            return None
        first = lines[rows.start]
        names = dict.fromkeys((*self._seen, *_keys_of(first)))
        table = _read_members(block, bool(_NUMBER.search(first)), tuple(names))
        if table is None:  # with members that the first line has not: looked for only now, since each costs time
            names.update(dict.fromkeys(self.dialect.spellings.values()))
            table = _read_members(block, True, tuple(names))
        if table is None or table.num_rows != len(rows):
            return None
        present = tuple(name for name in names if table[name].null_count < len(rows))
        self._learn(present)
        folded = {self.dialect.spellings.get(name.lower(), name) for name in present}
        if len(folded) < len(present):
            return None  # in two spellings: which one counts is told line by line
        wires = self.dialect.wire_names(present)
        in_every_row = (wire for name, wire in zip(present, wires, strict=True) if not table[name].null_count)
        if self.dialect.refusal(tuple(in_every_row)):
            return None
        return table.select(present).rename_columns(wires)

    def _read_odd(self, rows: range) -> None:
        """Each line by itself."""
        for row in rows:
            line, number = self.lines[row], self.lines.first_number + row
            if not line.strip(BLANK):
                self.ignored[BLANK_LINE] = self.ignored.get(BLANK_LINE, 0) + 1
                continue
            for raw, found in read_objects(line):
                if isinstance(found, BadReason):
                    self.rejects.add(number, found, self.dialect.redact_json(raw))
                    continue
                wires = self.dialect.wire_names(tuple(found))
                if reason := self.dialect.refusal(wires):
                    self.rejects.add(number, reason, self.dialect.redact_json(raw))
                else:
                    self._odd.append((number, raw, dict(zip(wires, found.values(), strict=True))))
                    self._learn(found)

    def _learn(self, names: Iterable[str]) -> None:
        """Names to look for in the blocks to come, so that a new field of some lines makes only a first block odd."""
        if not self._seen.keys() >= set(names) and len(self._seen) < _MOST_UNKNOWN:
            self._seen.update(dict.fromkeys(names))

    def _batches_of_plain(self) -> Iterator[Batch]:
        group: list[tuple[range, pa.Table]] = []
        names: set[str] = set()
        for rows, table in self._plain:
            if group and self._too_many(names | set(table.column_names)):
                yield self._batch_of_plain(group)
                group, names = [], set()
            group.append((rows, table))
            names |= set(table.column_names)
        if group:
            yield self._batch_of_plain(group)

    def _batch_of_plain(self, group: Sequence[tuple[range, pa.Table]]) -> Batch:
        table = pa.concat_tables([table for _, table in group], promote_options="default")
        rows = np.concatenate([np.arange(rows.start, rows.stop) for rows, _ in group])
        columns = {name: table[name].cast(pa.binary()) for name in table.column_names}
        return self._batch(columns, rows + self.lines.first_number, lambda row: self.lines[int(rows[row])])

    def _batches_of_odd(self, records: list[_Record]) -> Iterator[Batch]:
        if not records:
            return
        names = tuple(dict.fromkeys(name for *_, values in records for name in values))
        if self._too_many(names) and len(records) > 1:
            half = len(records) // 2
            yield from self._batches_of_odd(records[:half])
            yield from self._batches_of_odd(records[half:])
            return
        columns = {name: pa.array([values.get(name) for *_, values in records], pa.binary()) for name in names}
        numbers = np.array([number for number, *_ in records], dtype=np.int64)
        yield self._batch(columns, numbers, [raw for _, raw, _ in records].__getitem__)

    def _too_many(self, names: Sequence[str] | set[str]) -> bool:
        return len(names) > len(self.dialect.spellings) + _MOST_UNKNOWN

    def _batch(
        self, columns: Mapping[str, pa.Array | pa.ChunkedArray], numbers: Positions, raw: Callable[[int], bytes]
    ) -> Batch:
        dialect = self.dialect
        return Batch(
            {name: null_markers(as_read(each, repeats=dialect.repeats(name))) for name, each in columns.items()},
            numbers,
            raw,
            dialect.redact_json,
            dialect.json_format,
            present=present_in(columns, dialect.watched),
        )


def _read_members(block: bytes, has_numbers: bool, names: tuple[str, ...]) -> pa.Table | None:
    """The members of objects, numbers as their text; None where a member is neither or has another name."""
    table = None if has_numbers else _read_strings(pa.py_buffer(block), names)
    return _read_strings(quote_numbers(block), names) if table is None else table


def _read_strings(text: pa.Buffer, names: tuple[str, ...]) -> pa.Table | None:
    """The members of objects one after another; None where a member is no string or has another name."""
    try:
        return arrow_json.read_json(
            pa.BufferReader(text),
            arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
            arrow_json.ParseOptions(
                explicit_schema=pa.schema([(name, pa.string()) for name in names]), unexpected_field_behavior="error"
            ),
        )
    except pa.ArrowInvalid:
        return None


def _keys_of(line: bytes) -> tuple[str, ...]:
    """Names of a first object, so that a new field of all lines does not make every block odd."""
    found = next(read_objects(line))[1]
    return tuple(found) if isinstance(found, dict) else ()


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
