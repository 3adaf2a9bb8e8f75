"""Delimited lines to columns.

There is no quoting and no escaping: a line is cut at each delimiter, and nothing else means anything. Two ways lead
to the same columns. The fast one gives a whole piece to Arrow's CSV reader, with every column as bytes so that no value
can raise, and holds only if the counts prove that each line became one row. The careful one looks at each line, groups
lines of one layout and count, and reads each group by the same reader; groups with bytes that the reader would misread
(a NUL, a lone carriage return) are split here. Values are converted later and by the same code, so both ways agree by
construction.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from shared.reasons import BadReason, RowFlag
from shared.sources.columns.batch import Batch, as_read, column_type
from shared.sources.columns.dialect import Dialect, Layout, Reading
from shared.sources.columns.lines import BLANK, LINE_LIMIT, Lines
from shared.sources.columns.rejects import Rejects
from shared.sources.columns.segments import RECORD, Segments
from shared.sources.columns.texts import Mask, as_string, is_dictionary, null_markers

_BLOCK = 2 << 20  # bytes: fits the cache; larger blocks are read at a third of the speed
_FEWEST_FOR_CSV = 16  # records; below, setting up the reader costs more than splitting
_BOM = b"\xef\xbb\xbf"
_SUSPECT = frozenset(BLANK + b"#")  # a line that begins so may be blank or a comment
_MAY_BE_NO_RECORD = _SUSPECT | frozenset(string.ascii_letters.encode())  # names of a header begin with a letter


def read_uniform(lines: Lines, layout: Layout, dialect: Dialect) -> Batch | None:
    """All lines as records of one layout, or None where one of them may be something else."""
    delimiter = layout.delimiter
    text = lines.text
    if len(delimiter) != 1 or layout.refused:
        return None
    if lines.has(b"\0") or lines.has(b"\r") or text.startswith(_BOM, lines.begin) or lines.longest_may_exceed_limit:
        return None
    names = layout.names or dialect.names_by_count(layout, next(lines.head(1)).count(delimiter) + 1)
    columns = _csv(pa.py_buffer(text).slice(lines.begin), len(names), names, delimiter, dialect) if names else None
    if columns is None or len(columns[0]) != len(lines) or _suspicious_start(columns[0], lines, layout, dialect):
        return None
    fields = dict(zip(names, columns, strict=True))
    if not layout.names and dialect.misplaced(fields, strict=True) is not None:
        return None
    return Batch(
        fields,
        lines.numbers,
        lines.__getitem__,
        dialect.redact_line(names, delimiter),
        layout.source_format,
        present=_present(names, dialect, len(lines)),
    )


@dataclass
class _Group:
    """Lines of one layout and count, read together."""

    reading: Reading
    delimiter: bytes
    count: int
    ends_empty: bool
    numbers: list[int] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)


def read_careful(
    lines: Lines, segments: Segments, dialect: Dialect, rejects: Rejects, ignored: dict[str, int]
) -> list[Batch]:
    """Every line as a record of a batch, a reject, or ignored. `segments` knows the layout and follows its changes."""
    groups: dict[tuple[object, ...], _Group] = {}
    readings: dict[tuple[object, ...], Reading] = {}
    has_fragile = lines.has(b"\0") or lines.has(b"\r")
    for row, (start, end) in enumerate(zip(lines.starts.tolist(), lines.ends.tolist(), strict=True)):
        line, number = lines.text[start:end], lines.first_number + row
        if len(line) > LINE_LIMIT and line.strip(BLANK):
            rejects.add(number, BadReason.LINE_TOO_LONG, segments.redact(line), f"{len(line)} bytes")
            continue
        layout = segments.layout
        odd = layout is None or not line or line[0] in _MAY_BE_NO_RECORD
        if odd and (kind := segments.see(line)) != RECORD:
            ignored[kind] = ignored.get(kind, 0) + 1
            continue
        if layout is None or not layout.delimiter or odd:
            layout = segments.settled(lines[at] for at in range(row, len(lines)))
        delimiter = layout.delimiter
        count, ends_empty = line.count(delimiter) + 1, line.endswith(delimiter)
        shape = (segments.number, count, ends_empty, has_fragile and (b"\0" in line or b"\r" in line))
        reading = readings.get(shape)
        if reading is None:
            reading = dialect.reading_of(layout, line, count)
            if not dialect.told_by_values(layout, count):
                readings[shape] = reading
        if reading.refused:
            rejects.add(number, reading.refused, segments.redact(line), f"{count} fields")
            continue
        key = (*shape, reading.names[-1])
        if (group := groups.get(key)) is None:
            group = groups[key] = _Group(reading, delimiter, count, ends_empty)
        group.numbers.append(number)
        group.records.append(line)
    batches = ((group, _read_group(group, dialect)) for group in groups.values())
    return [_confirmed(batch, group, dialect, rejects) for group, batch in batches]


def _confirmed(batch: Batch, group: _Group, dialect: Dialect, rejects: Rejects) -> Batch:
    """The records whose values look like their fields, where names or places are in doubt; the others are rejected."""
    if not group.reading.by_count and batch.flag is None:
        return batch
    doubted = dialect.misplaced(batch.columns, strict=group.reading.by_count)
    if doubted is None:
        return batch
    reason = BadReason.UNKNOWN_LAYOUT if group.reading.by_count else BadReason.FIELD_COUNT_MISMATCH
    for row in np.flatnonzero(doubted).tolist():
        rejects.add(batch.numbers[row], reason, batch.redact(batch.raw(row)), f"{group.count} fields, misplaced values")
    return batch.only(~doubted)


def _read_group(group: _Group, dialect: Dialect) -> Batch:
    names, delimiter, records = group.reading.names, group.delimiter, group.records
    text = b"\n".join([*records, b""])
    columns = _csv(pa.py_buffer(text), group.count, names, delimiter, dialect) if _fits_csv(group, text) else None
    if columns is None or len(columns[0]) != len(records):
        columns = _split(records, names, delimiter, dialect)
    beyond = {f"field_{at + 1}": columns[at] for at in range(len(names), group.count)}
    return Batch(
        dict(zip(names, columns, strict=False)),
        np.array(group.numbers, dtype=np.int64),
        records.__getitem__,
        dialect.redact_line(names, delimiter),
        group.reading.source_format,
        beyond,
        _flag(group),
        _present(names[: group.count], dialect, len(records)),
    )


def _present(names: tuple[str, ...], dialect: Dialect, rows: int) -> dict[str, Mask]:
    """A field of the layout is in every line, if only as a hyphen."""
    return {name: np.ones(rows, dtype=np.bool_) for name in names if name in dialect.watched}


def _flag(group: _Group) -> RowFlag | None:
    beyond = group.count - len(group.reading.names)
    if beyond < 0:
        return RowFlag.SHORT_ROW
    return RowFlag.LONG_ROW if beyond > (1 if group.ends_empty else 0) else None


def _fits_csv(group: _Group, text: bytes) -> bool:
    if len(group.delimiter) != 1 or len(group.records) < _FEWEST_FOR_CSV:
        return False
    return not (b"\0" in text or b"\r" in text or text.startswith(_BOM))


def _split(records: list[bytes], names: tuple[str, ...], delimiter: bytes, dialect: Dialect) -> list[pa.Array]:
    columns = zip(*(record.split(delimiter) for record in records), strict=True)
    return [
        as_read(null_markers(pa.array(column, pa.binary())), repeats=at < len(names) and dialect.repeats(names[at]))
        for at, column in enumerate(columns)
    ]


def _csv(
    text: pa.Buffer, count: int, names: tuple[str, ...], delimiter: bytes, dialect: Dialect
) -> list[pa.Array] | None:
    """The columns of lines that all have `count` fields, null markers as null.

    None where the reader refuses the text: a line has another count, or is too long for a block.
    """
    labels = [str(at) for at in range(count)]
    types = [column_type(repeats=dialect.repeats(name)) for name in names[:count]] + [pa.binary()] * (
        count - len(names)
    )
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=labels),
            csv.ParseOptions(delimiter=delimiter.decode("latin-1"), quote_char=False, escape_char=False),
            csv.ConvertOptions(
                column_types=dict(zip(labels, types, strict=True)),
                null_values=["-", ""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def _suspicious_start(first: pa.Array, lines: Lines, layout: Layout, dialect: Dialect) -> bool:
    """Whether a line may be blank, a comment or a header, told by the first field of all."""
    if is_dictionary(first) and not first.null_count:
        return any(
            value[0] in _SUSPECT or dialect.may_be_header(value, layout) for value in first.dictionary.to_pylist()
        )
    starts = np.frombuffer(lines.text, dtype=np.uint8)[lines.starts]
    names = pa.array([name.lower() for name in {*dialect.spellings, *layout.names[:1]}])
    plain = pc.ascii_lower(as_string(first.cast(pa.binary()) if is_dictionary(first) else first))
    return bool(np.isin(starts, list(_SUSPECT)).any() or pc.any(pc.is_in(plain, value_set=names)).as_py())
