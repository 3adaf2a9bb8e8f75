"""An identity for records without an id of their own: what they say, and which copy of that in the object they are."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from shared.sources.columns.texts import Mask


def record_keys(without: Mask, raw: Callable[[int], bytes], copies: dict[bytes, int]) -> pa.Array:
    """A string for each marked row, null for the others.

    raw      the bytes of the record in a row
    copies   how many records with a digest the object has had so far: grows
    """
    keys: list[str | None] = [None] * len(without)
    for row in np.flatnonzero(without).tolist():
        digest = blake2b(raw(row), digest_size=16).digest()
        copies[digest] = copy = copies.get(digest, 0) + 1
        keys[row] = f"{digest.hex()}-{copy}"
    return pa.array(keys, pa.string())


def is_null(values: pa.Array | None, rows: int) -> Mask:
    """Rows that have no value; all where there is no column."""
    if values is None:
        return np.ones(rows, dtype=np.bool_)
    nulls: Mask = values.is_null().to_numpy(zero_copy_only=False)
    return nulls
