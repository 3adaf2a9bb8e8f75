from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import scan
from shared.text.scan import count_of, positions_of


@given(st.binary(max_size=40), st.integers(1, 7))
def test_bytes_are_found_wherever_blocks_are_cut(text: bytes, block: int) -> None:
    content = np.frombuffer(text, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_BLOCK_BYTES", block)
        for byte in {*text, 10}:
            assert positions_of(byte, content).tolist() == [at for at, each in enumerate(text) if each == byte]
            assert count_of(byte, content) == text.count(byte)
