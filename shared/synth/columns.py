"""Columns of text out of codes and numbers: what all rows of a piece say in one field."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.population import Codes

TIMES_OF_DAY = [f"{h:02d}:{m:02d}:{s:02d}" for h in range(24) for m in range(60) for s in range(60)]
"""`HH:MM:SS` by second of the day."""


def take(values: pa.StringArray, codes: Codes) -> pa.StringArray:
    """The values that the codes point at."""
    return pc.take(values, pa.array(codes), boundscheck=False)


def numbers(values: npt.NDArray[np.integer]) -> pa.StringArray:
    """Whole numbers as text."""
    return pc.cast(pa.array(values), pa.string())


def dates(at_s: npt.NDArray[np.int64]) -> pa.StringArray:
    """Days as `YYYY-MM-DD`, of seconds since 1970."""
    days, codes = np.unique(at_s // 86_400, return_inverse=True)
    return take(pa.array([str(np.datetime64(int(day), "D")) for day in days], pa.string()), codes.astype(np.int32))


def fixed_width(characters: npt.NDArray[np.uint8]) -> pa.StringArray:
    """Texts of equal length, one per row of ASCII characters."""
    count, width = characters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters)))


def joined(text: pa.StringArray) -> bytes:
    """All texts, one behind another."""
    if not len(text):
        return b""
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return bytes(memoryview(text.buffers()[2])[int(offsets[0]) : int(offsets[-1])])
