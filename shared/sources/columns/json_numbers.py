"""Numbers of JSON text put into quotes: so a column may hold numbers and texts, and each keeps its spelling.

Arrow's reader wants one type for a column, and loses how a number was written. Here the quotes are put around the
numbers of an object's members before it reads, for whole blocks of text at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_QUOTE, _COLON, _SPACE, _MINUS = b'": -'
_NUMBERS = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?,)*$"
_LONGEST = 40  # bytes of a number; longer ones stay as they are


def _table(characters: bytes) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[list(characters)] = True
    return table


_IN_NUMBER = _table(b"0123456789.eE+-")
_STARTS_NUMBER = _table(b"0123456789-")
_IN_NAME = _table(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_ENDS_VALUE = _table(b",}")


def quote_numbers(text: bytes) -> pa.Buffer:
    """Lines of JSON objects with quotes around the numbers that are values of members; other text stays as it is.

    Wherever the text is JSON, a quote behind a letter and before a colon ends the name of a member: no quote that
    begins a string stands behind a letter, and those inside of strings stand behind a backslash. So text that is JSON
    stays JSON with the same values, and text that is none stays none. A number behind more than one blank, before one,
    or in a list is left alone. Where something looks like a number and is none in JSON, nothing is changed at all.
    """
    whole = pa.py_buffer(text)
    data = np.frombuffer(text, dtype=np.uint8)
    if len(data) < 4:
        return whole
    quotes = np.flatnonzero((data[1:-2] == _QUOTE) & (data[2:-1] == _COLON)) + 1
    starts = quotes[_IN_NAME[data[quotes - 1]]] + 2
    starts = starts + (data[starts] == _SPACE)
    starts = starts[starts < len(data)]
    starts = starts[_STARTS_NUMBER[data[starts]]]
    starts, ends = _whole_numbers(data, starts)
    if not len(starts):
        return whole
    cuts = np.empty(2 * len(starts) + 2, dtype=np.int32)
    cuts[0], cuts[-1] = 0, len(data)
    cuts[1:-1:2], cuts[2:-1:2] = starts, ends
    pieces = pa.Array.from_buffers(pa.binary(), len(cuts) - 1, [None, pa.py_buffer(cuts), whole])
    numbers = pieces.take(pa.array(np.arange(1, len(pieces), 2, dtype=np.int32)))
    return _joined(pieces, b'"').as_buffer() if _are_numbers(numbers) else whole


def _whole_numbers(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Those that end where a value ends, and where that is."""
    ends = starts.copy()
    going = np.arange(len(starts))
    for _ in range(_LONGEST):
        ends[going] += 1
        going = going[ends[going] < len(data)]
        going = going[_IN_NUMBER[data[ends[going]]]]
        if not len(going):
            break
    whole = ends < len(data)
    whole[whole] = _ENDS_VALUE[data[ends[whole]]]
    return starts[whole], ends[whole]


def _are_numbers(values: pa.Array) -> bool:
    text = _joined(pa.concat_arrays([values, pa.array([b""])]), b",")  # each with a comma behind it
    return bool(pc.match_substring_regex(text, _NUMBERS).as_py())


def _joined(values: pa.Array, between: bytes) -> pa.Scalar:
    ends = pa.array([0, len(values)], pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(ends, values), between)[0]
