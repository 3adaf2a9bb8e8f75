"""JSON lines to columns: version 2 as json.

Every value is a JSON string on the wire, but numbers, null and absent keys do occur and are good. The fast way gives
a block of lines to Arrow's JSON reader with an explicit schema of strings, and holds only if the counts prove that each
line is one object. The careful way reads each line by itself, numbers kept as their text, so that values are equal on
both ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from shared.reasons import BadReason
from shared.sources.base import SourceSettings
from shared.sources.cloudfront.batch import Batch, as_read
from shared.sources.cloudfront.fields import BY_WIRE, FEWEST_V1_FIELDS, SPELLINGS, WIRE_NAMES, wire_names
from shared.sources.cloudfront.layout import TAB, refusal
from shared.sources.cloudfront.lines import BLANK, LINE_LIMIT, Lines, Positions
from shared.sources.cloudfront.rejects import Rejects, without_json_cookie
from shared.sources.cloudfront.segments import BLANK_LINE
from shared.sources.cloudfront.texts import null_markers

_FORMAT = "v2_json"
_BLOCK_LINES = 4096  # read together, and one by one if one of them is odd
_MOST_UNKNOWN = 64  # names in a block: more are no drift of the format, and columns for them would be mostly empty
_SPACE = re.compile(r"[ \t\r\v\f]*")
_OPEN, _CLOSE = ord("{"), ord("}")


def begins_json(line: bytes, text: bytes) -> bool:
    """Whether an object whose first line with content this is holds JSON lines; that line itself may be damaged."""
    content = line.strip(BLANK)
    if not content or content.startswith(b"#"):
        return False
    return content.startswith(b"{") or (line.count(TAB) + 1 < FEWEST_V1_FIELDS and b'\n{"' in text)


def read_json(lines: Lines, settings: SourceSettings, rejects: Rejects, ignored: dict[str, int]) -> list[Batch]:
    """Every line as a record of a batch, a reject, or ignored."""
    batches = []
    for first in range(0, len(lines), _BLOCK_LINES):
        rows = range(first, min(first + _BLOCK_LINES, len(lines)))
        batch = _read_plain(lines, rows)
        batches += [batch] if batch else _read_odd(lines, rows, settings, rejects, ignored)
    return batches


def _read_plain(lines: Lines, rows: range) -> Batch | None:
    """One object of strings in each line, at least three known names in each; None where that does not hold."""
    starts, ends = lines.starts[rows.start : rows.stop], lines.ends[rows.start : rows.stop]
    block = lines.text[starts[0] : ends[-1]]
    content = np.frombuffer(lines.text, dtype=np.uint8)
    if (ends - starts).max() > LINE_LIMIT or (ends == starts).any() or not _is_utf8(block):
        return None
    # Between lines that begin and end with braces no object can go on, so as many rows as lines is one for each.
    if (content[starts] != _OPEN).any() or (content[ends - 1] != _CLOSE).any():
        return None
    names = tuple(dict.fromkeys((*WIRE_NAMES, *_keys_of(lines[rows.start]))))
    try:
        table = arrow_json.read_json(
            pa.BufferReader(pa.py_buffer(block)),
            arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            arrow_json.ParseOptions(
                explicit_schema=pa.schema([(name, pa.string()) for name in names]), unexpected_field_behavior="error"
            ),
        )
    except pa.ArrowInvalid:
        return None
    present = tuple(name for name in names if table[name].null_count < len(rows))
    if table.num_rows != len(rows) or len({SPELLINGS.get(name.lower(), name) for name in present}) < len(present):
        return None  # in two spellings: which one counts is told line by line
    wires = wire_names(present)
    in_every_row = [wire for name, wire in zip(present, wires, strict=True) if not table[name].null_count]
    if refusal(tuple(in_every_row), SourceSettings()):
        return None
    columns = {wire: table[name].combine_chunks().cast(pa.binary()) for name, wire in zip(present, wires, strict=True)}
    return _batch(columns, lines.numbers[rows.start : rows.stop], lambda row: lines[rows.start + row])


def _read_odd(
    lines: Lines, rows: range, settings: SourceSettings, rejects: Rejects, ignored: dict[str, int]
) -> list[Batch]:
    """Each line by itself."""
    records: list[tuple[int, bytes, dict[str, bytes | None]]] = []
    for row in rows:
        line, number = lines[row], lines.first_number + row
        if not line.strip(BLANK):
            ignored[BLANK_LINE] = ignored.get(BLANK_LINE, 0) + 1
            continue
        for raw, found in _objects(line):
            if isinstance(found, BadReason):
                rejects.add(number, found, without_json_cookie(raw))
                continue
            wires = wire_names(tuple(found))
            if reason := refusal(wires, settings):
                rejects.add(number, reason, without_json_cookie(raw))
            else:
                records.append((number, raw, dict(zip(wires, found.values(), strict=True))))
    return list(_batches(records))


def _objects(line: bytes) -> Iterator[tuple[bytes, dict[str, bytes | None] | BadReason]]:
    """The objects of a line, each with its own bytes: one, or several that were joined without a newline."""
    if len(line) > LINE_LIMIT:
        yield line, BadReason.LINE_TOO_LONG
        return
    text = line.decode("utf-8", "surrogateescape").strip(" \t\r\v\f")
    found, at = [], 0
    try:
        while at < len(text):
            value, end = _DECODER.raw_decode(text, at)
            found.append((text[at:end].encode("utf-8", "surrogateescape"), value))
            space = _SPACE.match(text, end)
            at = space.end() if space else end
    except (ValueError, RecursionError):
        yield line, BadReason.NOT_JSON
        return
    if not all(isinstance(value, dict) for _, value in found):
        yield line, BadReason.NOT_OBJECT if len(found) == 1 else BadReason.NOT_JSON
        return
    for raw, value in found:
        yield raw, {_bytes(name).decode(errors="replace"): _as_logged(each) for name, each in value.items()}


def _as_logged(value: object) -> bytes | None:
    if value is None:
        return None
    return _bytes(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # bytes that are no UTF-8 come out as they came in
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")  # half a character, escaped: no UTF-8 either


def _batches(records: list[tuple[int, bytes, dict[str, bytes | None]]]) -> Iterator[Batch]:
    if not records:
        return
    names = tuple(dict.fromkeys(name for *_, values in records for name in values))
    if len(names) > len(BY_WIRE) + _MOST_UNKNOWN and len(records) > 1:
        half = len(records) // 2
        yield from _batches(records[:half])
        yield from _batches(records[half:])
        return
    columns = {name: pa.array([values.get(name) for *_, values in records], pa.binary()) for name in names}
    numbers = np.array([number for number, *_ in records], dtype=np.int64)
    yield _batch(columns, numbers, [raw for _, raw, _ in records].__getitem__)


def _batch(columns: dict[str, pa.Array], numbers: Positions, raw: Callable[[int], bytes]) -> Batch:
    read = {name: as_read(null_markers(values), name) for name, values in columns.items()}
    return Batch(read, numbers, raw, without_json_cookie, _FORMAT)


def _keys_of(line: bytes) -> tuple[str, ...]:
    """Names of a first object, so that a new field of all lines does not make every block odd."""
    found = next(_objects(line))[1]
    return tuple(found) if isinstance(found, dict) else ()


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)
