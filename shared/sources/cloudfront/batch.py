"""What the readers of the formats hand to the conversion: columns of bytes, line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.reasons import RowFlag
from shared.sources.cloudfront.fields import BY_WIRE

REPEATED = pa.dictionary(pa.int32(), pa.binary())


@dataclass(frozen=True)
class Batch:
    """Records of one layout, not yet converted.

    columns        wire name to binary, or dictionary<int32, binary> where values repeat; null markers are null
    numbers        line number of each record in its object
    raw            the bytes of the record in a row: its identity, and what quarantine keeps
    redact         takes the cookie out of such bytes
    source_format  as in the table
    beyond         values that have no name, by the name they get in `extra`; binary
    flag           what is wrong with every record of the batch
    """

    columns: dict[str, pa.Array]
    numbers: npt.NDArray[np.int64]
    raw: Callable[[int], bytes]
    redact: Callable[[bytes], bytes]
    source_format: str
    beyond: dict[str, pa.Array] = field(default_factory=dict)
    flag: RowFlag | None = None

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
        )


def column_type(wire: str) -> pa.DataType:
    """How a field is read: repeated values as a dictionary, unknown fields as they come."""
    return REPEATED if wire in BY_WIRE and BY_WIRE[wire].repeats else pa.binary()


def as_read(values: pa.Array, wire: str) -> pa.Array:
    """A binary array in the form in which its field is read."""
    return values.dictionary_encode() if column_type(wire) == REPEATED else values
