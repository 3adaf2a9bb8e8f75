"""JSON lines to columns.

Values may be JSON strings or numbers; a number counts as its text. The fast way gives blocks of lines to Arrow's JSON
reader with an explicit schema of strings, and holds only if the counts prove that each line is one object. The careful
way reads each line by itself: those that cannot be an object, or have members that nobody expects, and blocks in which
the fast way fails. Both give the bytes of each value, so that values are equal on both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
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
from shared.text import is_utf8

_BLOCK_LINES = 4096  # read together: more do not stay in the cache
_FEWEST_LINES = 64  # of a block that is read together; an odd one is halved until it has so few
_LOOKED_AT = 32  # lines of a block whose names are looked for, and at least so far from each other
_MOST_UNKNOWN = 64  # names in a batch: more are no drift of the format, and columns for them would be mostly empty
_MOST_TABS = 11  # in a first line that may be torn JSON: lines of delimited logs have more
_NUMBER = re.compile(rb'[0-9A-Za-z_]": ?[0-9-]')  # the value of a member of a first line: more are likely then
_MEMBER = b'":'
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
        reader.read(np.arange(first, min(first + _BLOCK_LINES, len(lines))))
    return reader.batches()


@dataclass
class _Reader:
    """Reads blocks of lines on the fast way as far as that holds, and gathers what comes of them."""

    lines: Lines
    dialect: Dialect
    rejects: Rejects
    ignored: dict[str, int]
    _seen: dict[str, None] = field(default_factory=dict)
    _plain: list[tuple[Positions, pa.Table]] = field(default_factory=list)
    _odd: list[_Record] = field(default_factory=list)

    def read(self, rows: Positions) -> None:
        """Take in a block of lines."""
        in_braces = self._are_in_braces(rows)
        self._read_odd(rows[~in_braces])
        self._read_objects(rows[in_braces])

    def _are_in_braces(self, rows: Positions) -> Mask:
        starts, ends = self.lines.starts[rows], self.lines.ends[rows]
        content = np.frombuffer(self.lines.text, dtype=np.uint8)
        found: Mask = (ends > starts) & (ends - starts <= LINE_LIMIT)
        found[found] = (content[starts[found]] == _OPEN) & (content[ends[found] - 1] == _CLOSE)
        return found

    def _read_objects(self, rows: Positions) -> None:
        """Take in lines that begin and end with braces; those between which an odd one is found half by half."""
        if not len(rows):
            return
        read = self._read_plain(rows)
        if read is not None:
            table, is_plain = read
            self._plain.append((rows[is_plain], table))
            self._read_odd(rows[~is_plain])
        elif len(rows) <= _FEWEST_LINES:
            self._read_odd(rows)
        else:
            middle = len(rows) // 2
            self._read_objects(rows[:middle])
            self._read_objects(rows[middle:])

    def batches(self) -> list[Batch]:
        """All that was taken in."""
        return [*self._batches_of_plain(), *self._batches_of_odd(self._odd)]

    def _read_plain(self, rows: Positions) -> tuple[pa.Table, Mask] | None:
        """The lines that are objects of strings and numbers under expected names, with enough known names in each.

        Their columns, as text by wire name, and which of the lines they are; None where a line is no such object.
        """
        block = self._text_of(rows)
        if not is_utf8(block):
            return None
        looked_at = [self.lines[row] for row in rows[:: max(_LOOKED_AT, len(rows) // _LOOKED_AT)].tolist()]
        by_size = {line.count(_MEMBER): line for line in looked_at}  # of as many members, they mostly are the same
        names = dict.fromkeys((*self._seen, *(name for line in by_size.values() for name in _keys_of(line))))
        if self._too_many(names):
            return None
        table = _read_members(block, bool(_NUMBER.search(looked_at[0])), tuple(names))
        if table is None:  # with other members, perhaps: looked for only now, since each costs time
            names.update(dict.fromkeys(self.dialect.spellings.values()))
            table = _read_strings(quote_numbers(block), tuple(names), others="infer")
        # Between lines that begin and end with braces no object can go on, so as many rows as lines is one for each.
        if table is None or table.num_rows != len(rows):
            return None
        is_plain = _have_no_others(table, len(names))
        if not is_plain.all():
            table = table.filter(pa.array(is_plain))
        plain = self._by_wire(table.select(list(names)))
        return None if plain is None else (plain, is_plain)

    def _by_wire(self, table: pa.Table) -> pa.Table | None:
        """The columns that have values; None where what is in every row makes no record, or comes in two spellings."""
        present = tuple(name for name in table.column_names if table[name].null_count < table.num_rows)
        self._learn(present)
        folded = {self.dialect.spellings.get(name.lower(), name) for name in present}
        if len(folded) < len(present):
            return None  # in two spellings: which one counts is told line by line
        wires = self.dialect.wire_names(present)
        in_every_row = (wire for name, wire in zip(present, wires, strict=True) if not table[name].null_count)
        if table.num_rows and self.dialect.refusal(tuple(in_every_row)):
            return None
        return table.select(present).rename_columns(wires)

    def _text_of(self, rows: Positions) -> bytes:
        """The lines, with newlines between them."""
        starts, ends, text = self.lines.starts, self.lines.ends, self.lines.text
        if rows[-1] - rows[0] + 1 == len(rows):
            return text[starts[rows[0]] : ends[rows[-1]]]
        return b"\n".join(
            text[start:end] for start, end in zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
        )

    def _read_odd(self, rows: Positions) -> None:
        """Each line by itself."""
        for row in rows.tolist():
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
        group: list[tuple[Positions, pa.Table]] = []
        names: set[str] = set()
        for rows, table in self._plain:
            if group and self._too_many(names | set(table.column_names)):
                yield self._batch_of_plain(group)
                group, names = [], set()
            group.append((rows, table))
            names |= set(table.column_names)
        if group:
            yield self._batch_of_plain(group)

    def _batch_of_plain(self, group: Sequence[tuple[Positions, pa.Table]]) -> Batch:
        table = pa.concat_tables([table for _, table in group], promote_options="default")
        rows = np.concatenate([rows for rows, _ in group])
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

    def _too_many(self, names: Sized) -> bool:
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


def _have_no_others(table: pa.Table, expected: int) -> Mask:
    """The rows without members behind the expected columns."""
    none = np.ones(table.num_rows, dtype=np.bool_)
    for column in table.columns[expected:]:
        none &= np.asarray(column.is_null(), dtype=np.bool_)
    return none


def _read_strings(text: pa.Buffer, names: tuple[str, ...], *, others: str = "error") -> pa.Table | None:
    """The members of objects one after another; None where a member is no string.

    others  what to do with members of other names: error (None as well), or infer: they are columns behind these
    """
    try:
        return arrow_json.read_json(
            pa.BufferReader(text),
            arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
            arrow_json.ParseOptions(
                explicit_schema=pa.schema([(name, pa.string()) for name in names]), unexpected_field_behavior=others
            ),
        )
    except pa.ArrowInvalid:
        return None


def _keys_of(line: bytes) -> tuple[str, ...]:
    """Names of a line's first object, so that a new field of many lines does not make every block odd."""
    found = next(read_objects(line))[1]
    return tuple(found) if isinstance(found, dict) else ()
