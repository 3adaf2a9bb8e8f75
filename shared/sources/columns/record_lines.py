"""Records as lines of text: for parsers of formats whose records are lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.sources.base import Parsed

_LINE = "source_line"
_NEWLINE = ord("\n")


def parse_as_lines(records: pa.Table, parse: Callable[[bytes], Parsed], lines_before: int) -> Parsed:
    """Parse records as lines, and give what comes of them the numbers of the records.

    parse         a parser's reading of whole lines
    lines_before  that it has read so far
    """
    parsed = parse(_as_lines(records["text"].combine_chunks()))
    numbers = records["number"].to_numpy()
    return parsed._replace(
        rows=_renumbered(parsed.rows, numbers, lines_before), rejects=_renumbered(parsed.rejects, numbers, lines_before)
    )


def _as_lines(texts: pa.BinaryArray) -> bytes:
    """Each text on a line. In JSON, a newline inside a text is white space and may become a blank."""
    _, offsets_buffer, data = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    joined: bytes = data[offsets[0] : offsets[-1]].to_pybytes()
    has_empty = bool((np.diff(offsets) == 0).any())
    ends = np.frombuffer(joined, np.uint8)[[] if has_empty else offsets[1:] - offsets[0] - 1]
    if not has_empty and (ends == _NEWLINE).all() and joined.count(b"\n") == len(texts):
        return joined
    return b"".join(text.rstrip(b"\r\n").replace(b"\n", b" ") + b"\n" for text in texts.to_pylist())


def _renumbered(table: pa.Table, numbers: npt.NDArray[np.int64], lines_before: int) -> pa.Table:
    at = table.schema.get_field_index(_LINE)
    lines = numbers[table[_LINE].to_numpy() - 1 - lines_before]
    return table.set_column(at, table.schema.field(at), pa.array(lines, pa.int64()))
