from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.pseudonyms import pseudonyms, siphash


def test_siphash_gives_the_published_value() -> None:
    """The test vectors of the algorithm's authors: key and message 00 01 02 ... 0f."""
    message = np.arange(16, dtype=np.uint8).reshape(1, 16)
    assert siphash(message, bytes(range(16))).tolist() == [0x3F2ACC7F57C29BDB]


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=20), key=st.binary(min_size=16))
def test_pseudonyms_depend_on_address_and_key_alone(rows: list[bytes], key: bytes) -> None:
    packed = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 16)
    together = pseudonyms(packed, key).to_pylist()
    assert together == [pseudonyms(packed[i : i + 1], key)[0].as_py() for i in range(len(rows))]
    assert len(set(together)) == len(set(rows))
    assert not set(together) & set(pseudonyms(packed, key + b"x").to_pylist())


def test_no_rows_give_no_pseudonyms() -> None:
    assert pseudonyms(np.empty((0, 16), np.uint8), b"k" * 16).equals(pa.array([], pa.string()))
