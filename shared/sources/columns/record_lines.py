"""Records as lines of text: for parsers of formats whose records are lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.sources.base import Parsed
from shared.sources.columns.texts import data_bytes, joined, offsets

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
    data, bounds = data_bytes(texts), offsets(texts)
    newlines, lengths = int(np.count_nonzero(data == _NEWLINE)), np.diff(bounds)
    if not newlines and lengths[-1:].all():
        lines: bytes = joined(texts, b"\n").to_pybytes()
        return lines
    if newlines == len(texts) and lengths.all() and (data[bounds[1:] - bounds[0] - 1] == _NEWLINE).all():
        return data.tobytes()
    return b"".join(text.rstrip(b"\r\n").replace(b"\n", b" ") + b"\n" for text in texts.to_pylist())


def _renumbered(table: pa.Table, numbers: npt.NDArray[np.int64], lines_before: int) -> pa.Table:
    at = table.schema.get_field_index(_LINE)
    lines = numbers[table[_LINE].to_numpy() - 1 - lines_before]
    return table.set_column(at, table.schema.field(at), pa.array(lines, pa.int64()))
