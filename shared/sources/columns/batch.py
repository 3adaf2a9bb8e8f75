"""What the readers of the formats hand to the conversion: columns of bytes, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.reasons import RowFlag
from shared.sources.columns.texts import Mask

REPEATED = pa.dictionary(pa.int32(), pa.binary())


@dataclass(frozen=True)
class Batch:
    """Records of one layout, not yet converted.

    columns        wire name to binary, or dictionary<int32, binary> where values repeat; null markers are null
    numbers        line number of each record in its object
    raw            the bytes of the record in a row: its identity, and what quarantine keeps
    redact         takes what must not be kept (a cookie) out of such bytes
    source_format  as in the table
    beyond         values that have no name, by the name they get in `extra`; binary
    flag           what is wrong with every record of the batch
    present        the rows that have a field, null marker or not: only of fields where that says something
    """

    columns: dict[str, pa.Array]
    numbers: npt.NDArray[np.int64]
    raw: Callable[[int], bytes]
    redact: Callable[[bytes], bytes]
    source_format: str
    beyond: dict[str, pa.Array] = field(default_factory=dict)
    flag: RowFlag | None = None
    present: Mapping[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, kept: npt.NDArray[np.bool_]) -> Batch:
        """The batch of the marked rows alone."""
        rows, mask = np.flatnonzero(kept), pa.array(kept)
        return Batch(
            {name: column.filter(mask) for name, column in self.columns.items()},
            self.numbers[kept],
            lambda row: self.raw(int(rows[row])),
            self.redact,
            self.source_format,
            {name: column.filter(mask) for name, column in self.beyond.items()},
            self.flag,
            {name: rows_with[kept] for name, rows_with in self.present.items()},
        )


def column_type(*, repeats: bool) -> pa.DataType:
    """How a field is read: repeated values as a dictionary, the others as they come."""
    return REPEATED if repeats else pa.binary()


def as_read(values: pa.Array | pa.ChunkedArray, *, repeats: bool) -> pa.Array:
    """Binary values in the form in which their field is read; chunks are joined when only codes are left to copy."""
    read = values.dictionary_encode() if repeats else values
    return read.combine_chunks() if isinstance(read, pa.ChunkedArray) else read


def present_in(columns: Mapping[str, pa.Array | pa.ChunkedArray], watched: frozenset[str]) -> dict[str, Mask]:
    """The rows that have each watched field, from columns whose null markers are still what they are."""
    watching = watched & columns.keys()
    return {name: np.asarray(columns[name].is_valid(), dtype=np.bool_) for name in watching}
