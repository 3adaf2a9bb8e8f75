"""IPv6 addresses in their usual spellings, read as columns: a scalar reading takes two microseconds each.

The usual spellings are hexadecimal groups, all eight or with one `::` for the zeros (RFC 4291, section 2.2); an IPv4
tail or a zone is none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Words = npt.NDArray[np.uint16]

_GROUPS: Final = "[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*"
_USUAL: Final = f"^(?:(?:{_GROUPS})?::(?:{_GROUPS})?|[0-9A-Fa-f]{{1,4}}(?::[0-9A-Fa-f]{{1,4}}){{7}})$"
_WORDS: Final = 8
_NETWORK_WORDS: Final = 3  # a /48
_COLON: Final = ord(":")
_DIGIT: Final = np.array([int(chr(b), 16) if chr(b) in "0123456789abcdefABCDEF" else 0 for b in range(256)], np.uint16)


@lru_cache(maxsize=1)
def _hexadecimal() -> pa.Array:
    """All 16-bit words as text. Made at first use: Arrow's first array makes it look for pandas."""
    return pa.array([f"{word:x}" for word in range(1 << 16)])


def is_usual(texts: pa.Array) -> pa.Array:
    """Which of the texts (no nulls) `words_of` reads. With `::` at most six groups, as it stands for one at least."""
    few = pc.less_equal(pc.count_substring(texts, ":"), _WORDS - 1)
    return pc.and_(pc.match_substring_regex(texts, _USUAL), few)


def words_of(texts: pa.Array) -> Words:
    """The eight 16-bit words of each text for which `is_usual` holds; uint16[n, 8]."""
    words = np.zeros((len(texts), _WORDS), np.uint16)
    if not len(texts):
        return words
    _, offsets_buffer, data_buffer = texts.buffers()
    bounds = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(data_buffer, np.uint8)[bounds[0] : bounds[-1]]
    bounds -= bounds[0]
    # Groups lie between colons and the ends of texts; the one inside `::` is empty, and so is one outside it at an end.
    colons = np.flatnonzero(data == _COLON)
    row_of_colon = np.searchsorted(bounds, colons, side="right") - 1
    per_row = np.bincount(row_of_colon, minlength=len(texts)) + 1
    first = np.concatenate(([0], np.cumsum(per_row)))
    row = np.repeat(np.arange(len(texts)), per_row)
    starts, ends = np.empty(first[-1], np.int64), np.empty(first[-1], np.int64)
    starts[first[:-1]], ends[first[1:] - 1] = bounds[:-1], bounds[1:]
    before_colon = np.arange(len(colons)) + row_of_colon
    ends[before_colon], starts[before_colon + 1] = colons, colons + 1
    lengths = ends - starts

    values = np.zeros(len(starts), np.uint16)
    digits = _DIGIT[data]
    for place in range(4):
        digit = digits[np.minimum(starts + place, len(digits) - 1)]
        values = np.where(lengths > place, values << np.uint16(4) | digit, values)
    # Behind `::` words count from the end.
    index = np.arange(len(starts)) - first[row]
    is_filled = lengths > 0
    inner_empty = ~is_filled & (index > 0) & (index < per_row[row] - 1)
    gap = np.full(len(texts), _WORDS)
    gap[row[inner_empty]] = index[inner_empty]
    from_end = _WORDS - (per_row[row] - index)
    words[row[is_filled], np.where(index < gap[row], index, from_end)[is_filled]] = values[is_filled]
    return words


def network_texts(words: Words) -> pa.Array:
    """The canonical text of each address's /48 (RFC 5952): its three words, less zeros at their end, then `::`."""
    hexadecimal = [_hexadecimal().take(pa.array(words[:, place])) for place in range(_NETWORK_WORDS)]
    texts = pc.binary_join_element_wise(*hexadecimal, "", "", ":")
    for place in reversed(range(_NETWORK_WORDS)):
        shorter = ~words[:, place:_NETWORK_WORDS].any(axis=1)
        if not shorter.any():
            break
        text = pc.binary_join_element_wise(*hexadecimal[:place], "", "", ":") if place else "::"
        texts = pc.if_else(pa.array(shorter), text, texts)
    return texts
