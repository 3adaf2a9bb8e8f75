"""What comes out of a raw object: text, tables, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from shared.reasons import BadReason

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Whole lines, in the order of the object.

    Every line ends with `\\n`, which only the last line of the object may lack. Bytes are as they were written (CRLF,
    NUL and invalid UTF-8 included), less a byte-order mark at the start.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class ParquetPiece:
    """Some rows of one row group of a Parquet object, all columns, in order."""

    table: pa.Table


@dataclass(frozen=True, slots=True)
class CutLine:
    """Text that is no line to parse: it counts as one bad record.

    text       the bytes, with the newline where it has one
    reason     CUT_LINE beside a damaged place, where nobody knows what is missing; LINE_TOO_LONG above the limit
    continues  it goes on with the line of the `CutLine` before, which was longer than one can hold, and is no record
               of its own
    """

    text: bytes
    reason: BadReason
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of the object that gives no records: one quarantined object or gzip member.

    reason     why
    offset     first byte of the damaged part, counted from the start of its layer, or, in an inner layer, from behind
               the damaged place before
    layer      0: the object's own bytes; n: what n layers of gzip held
    detail     for people
    """

    reason: BadReason
    offset: int
    detail: str
    layer: int = 0


@dataclass(frozen=True, slots=True)
class FileEnd:
    """A file of an archive ends: what follows does not go on with its last line, nor with its header."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one object from filling the memory of a task.

    piece_bytes      size of a `TextPiece`; a single line may be longer
    line_bytes       longest line that is still passed on; at least `piece_bytes`
    member_bytes     text of a gzip member that is held while it is verified; bigger ones are decompressed twice instead
    layer_bytes      held where a layer must be there as a whole: gzip in gzip, Parquet in gzip, a file of an archive
    expanded_bytes   text of one layer of compression, or all columns of a Parquet object, beyond which nothing is read
    layers           of compression and archives; two of gzip occur, three where somebody compressed a copy again
    parquet_rows     rows of a `ParquetPiece`
    """

    piece_bytes: int = 32 * MIB
    line_bytes: int = 64 * MIB
    member_bytes: int = 256 * MIB
    layer_bytes: int = 512 * MIB
    expanded_bytes: int = 8 * 1024 * MIB
    layers: int = 5
    parquet_rows: int = 262_144

    def __post_init__(self) -> None:
        if not 0 < self.piece_bytes <= self.line_bytes:
            raise ValueError("a piece must have room, and a line at least as much")
