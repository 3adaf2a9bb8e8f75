"""A 64-bit hash of key columns, vectorised: the narrow column on which duplicates are looked for.

The hash only narrows the search: rows of equal hash are compared by their real keys, so a collision costs time and
never a row. It is fixed for ever (it stands in the data); a change needs a new column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_MUL = np.uint64(0xD6E8FEB86659FD93)
_NULL = np.uint64(0x2545F4914F6CDD1D)
_SHIFT = np.uint64(32)
_WORD = 8
_LONG_VALUE = 256  # longer values are hashed one by one: they are rare, and each shorter length is a pass of its own


def key_hashes(columns: Sequence[pa.Array | pa.ChunkedArray]) -> Hashes:
    """Hash the rows of equally long text, integer or timestamp columns; a null differs from the empty text.

    Returns uint64 of the columns' length; the same values give the same hash in any chunking, order or process.
    """
    total: Hashes | None = None
    for column in columns:
        hashes = _column_hashes(column)
        total = hashes if total is None else _mix(total * np.uint64(31) ^ hashes)
    if total is None:
        raise ValueError("no key columns")
    return total


def _column_hashes(column: pa.Array | pa.ChunkedArray) -> Hashes:
    if isinstance(column, pa.ChunkedArray):
        parts = [_column_hashes(chunk) for chunk in column.chunks]
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)
    if pa.types.is_dictionary(column.type):
        codes = column.indices.fill_null(0).to_numpy(zero_copy_only=False)
        if not len(column.dictionary):
            return np.full(len(column), _NULL)
        return np.where(_valid(column.indices), _column_hashes(column.dictionary)[codes], _NULL)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    if pa.types.is_integer(column.type):
        values = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64)
        return np.where(_valid(column), _mix(values ^ _SEED), _NULL)
    return _text_hashes(column.cast(pa.large_binary()))


def _valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _mix(words: Hashes) -> Hashes:
    words = words ^ (words >> _SHIFT)
    words *= _MUL
    words ^= words >> _SHIFT
    words *= _MUL
    words ^= words >> _SHIFT
    return words


def _text_hashes(array: pa.Array) -> Hashes:
    hashes = np.full(len(array), _NULL)
    valid = _valid(array)
    if not valid.any():
        return hashes
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.empty(0, np.uint8)
    lengths = np.diff(offsets)
    # Values of one length become a matrix of 8-byte words, hashed column by column.
    is_short = valid & (lengths <= _LONG_VALUE)
    for length in np.unique(lengths[is_short]).tolist():
        rows = np.flatnonzero(is_short & (lengths == length))
        hashes[rows] = _fixed_length_hashes(data, offsets[rows], length)
    for row in np.flatnonzero(valid & ~is_short).tolist():
        digest = hashlib.blake2b(data[offsets[row] : offsets[row + 1]].tobytes(), digest_size=_WORD).digest()
        hashes[row] = np.frombuffer(digest, np.uint64)[0]
    return hashes


def _fixed_length_hashes(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], length: int) -> Hashes:
    hashes = np.full(len(starts), _mix(np.array([length], np.uint64) ^ _SEED)[0])
    if length == 0:
        return hashes
    padded = np.zeros((len(starts), -(-length // _WORD) * _WORD), np.uint8)
    contiguous = len(starts) > 1 and bool((np.diff(starts) == length).all())
    padded[:, :length] = (
        data[starts[0] : starts[0] + length * len(starts)].reshape(len(starts), length)
        if contiguous
        else data[starts[:, None] + np.arange(length)]
    )
    for word in padded.view(np.uint64).T:
        hashes ^= word
        hashes *= _MUL
        hashes ^= hashes >> _SHIFT
    return _mix(hashes)
