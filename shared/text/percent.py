"""Percent-decoding of Arrow text columns, exactly once and without a loop over rows.

CloudFront percent-encodes the values that it logs, the percent sign included, so what a client itself had encoded comes
out doubly encoded: decoding *once* gives the bytes that the client sent, decoding again would change them. `+` is a
plain plus (form decoders are wrong here), broken escapes stay as they are, and bytes that are no UTF-8 become U+FFFD:
value for value the result is that of `urllib.parse.unquote(value, errors="replace")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.text.scan import positions_of

TextColumn = TypeVar("TextColumn", pa.Array, pa.ChunkedArray)
_Bytes = npt.NDArray[np.uint8]
_Positions = npt.NDArray[np.int64]

_PERCENT = ord("%")
_NO_DIGIT = 255
_HEX_VALUE: _Bytes = np.full(256, _NO_DIGIT, dtype=np.uint8)
for _digit in "0123456789abcdefABCDEF":
    _HEX_VALUE[ord(_digit)] = int(_digit, 16)

# Until January 2020 CloudFront encoded user agents twice. Such a value still has these escapes after one decoding and
# no plain blank; a modern one with a literal escape has blanks as well. The row's date cannot decide: doubly encoded
# files of later years exist.
_ENCODED_TWICE = "%(?:20|22|5C|25)"


def percent_decode(values: TextColumn) -> TextColumn:
    """Undo one percent-encoding of a string or dictionary<int32, string> column; nulls stay null.

    A decoded dictionary has each value once, so that equal texts have equal codes.
    """
    return _decode_chunks(values, _decode_strings)


def decode_user_agents(values: TextColumn) -> TextColumn:
    """Undo the percent-encoding of logged user agents: once, and again where CloudFront had encoded twice.

    Takes and gives what `percent_decode` does. Rules for user agents know the plain form only and take an encoded one
    for an unknown client.
    """
    return _decode_chunks(values, _decode_user_agent_strings)


def _decode_chunks(values: TextColumn, decode: Callable[[pa.Array], pa.Array]) -> TextColumn:
    if isinstance(values, pa.ChunkedArray):
        return pa.chunked_array([_decode_array(chunk, decode) for chunk in values.chunks], type=values.type)
    return _decode_array(values, decode)


def _decode_array(values: pa.Array, decode: Callable[[pa.Array], pa.Array]) -> pa.Array:
    if not pa.types.is_dictionary(values.type):
        return decode(values)
    decoded = decode(values.dictionary)
    if decoded is values.dictionary:
        return values
    distinct = decoded.dictionary_encode()  # two encodings of one text become one entry
    return pa.DictionaryArray.from_arrays(distinct.indices.take(values.indices), distinct.dictionary)


def _decode_user_agent_strings(values: pa.Array) -> pa.Array:
    once = _decode_strings(values)
    twice = pc.and_not(pc.match_substring_regex(once, _ENCODED_TWICE), pc.match_substring(once, " "))
    if not pc.any(twice).as_py():
        return once
    return pc.replace_with_mask(once, pc.fill_null(twice, False), _decode_strings(once.filter(twice)))


def _decode_strings(values: pa.Array) -> pa.Array:
    """Decode a string array; the very same array where it has no escape."""
    _, offset_buffer, byte_buffer = values.buffers()
    if byte_buffer is None or not len(values):
        return values
    starts = np.frombuffer(offset_buffer, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    encoded = np.frombuffer(byte_buffer, dtype=np.uint8)[starts[0] : starts[-1]]
    starts = starts - starts[0]
    escapes = _find_escapes(encoded, starts)
    if not len(escapes):
        return values

    escaped = (_HEX_VALUE[encoded[escapes + 1]] << 4) | _HEX_VALUE[encoded[escapes + 2]]
    decoded = encoded.copy()
    decoded[escapes] = escaped
    kept = np.ones(len(encoded), dtype=bool)
    kept[escapes + 1] = kept[escapes + 2] = False
    decoded = decoded[kept]
    starts = (starts - 2 * np.searchsorted(escapes, starts)).astype(np.int32)
    result = _string_array(decoded, starts, values)

    beyond_ascii = escapes[escaped >= 0x80]
    if not len(beyond_ascii) or _is_utf8(decoded, starts):
        return result
    # Positions shift left by two for each escape before them.
    shifted = beyond_ascii - 2 * np.searchsorted(escapes, beyond_ascii)
    return _replace_invalid(result, decoded, starts, np.unique(np.searchsorted(starts, shifted, side="right") - 1))


def _find_escapes(encoded: _Bytes, starts: npt.NDArray[np.int32]) -> _Positions:
    """Positions of percent signs that two hexadecimal digits of the same value follow."""
    signs: _Positions = positions_of(_PERCENT, encoded)
    signs = signs[signs + 2 < len(encoded)]
    signs = signs[(_HEX_VALUE[encoded[signs + 1]] != _NO_DIGIT) & (_HEX_VALUE[encoded[signs + 2]] != _NO_DIGIT)]
    if not len(signs):
        return signs
    inside_value = signs + 2 < starts[np.searchsorted(starts, signs, side="right")]
    return np.asarray(signs[inside_value], dtype=np.int64)


def _string_array(decoded: _Bytes, starts: npt.NDArray[np.int32], like: pa.Array) -> pa.Array:
    validity = None
    if like.null_count:
        valid = pc.is_valid(like).to_numpy(zero_copy_only=False)
        validity = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    buffers = [validity, pa.py_buffer(starts), pa.py_buffer(decoded)]
    return pa.Array.from_buffers(pa.string(), len(like), buffers, null_count=like.null_count)


def _is_utf8(decoded: _Bytes, starts: npt.NDArray[np.int32]) -> bool:
    """Whether each value is UTF-8: the whole is, and no value begins inside a character."""
    try:
        decoded.tobytes().decode()
    except UnicodeDecodeError:
        return False
    first_bytes = decoded[starts[starts < len(decoded)]]
    return not bool(np.any((first_bytes & 0xC0) == 0x80))


def _replace_invalid(
    result: pa.Array, decoded: _Bytes, starts: npt.NDArray[np.int32], suspects: _Positions
) -> pa.Array:
    """Put U+FFFD for the bytes that are no UTF-8 in the suspected rows (those that had an escape beyond ASCII)."""
    content = decoded.tobytes()
    texts = [content[starts[row] : starts[row + 1]].decode(errors="replace") for row in suspects]
    chosen = np.zeros(len(result), dtype=bool)
    chosen[suspects] = True
    return pc.replace_with_mask(result, chosen, pa.array(texts, pa.string()))
