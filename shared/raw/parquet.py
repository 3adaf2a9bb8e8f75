"""Parquet objects as tables, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from shared.raw.pieces import Damage, Limits, ParquetPiece
from shared.reasons import BadReason

MAGIC = b"PAR1"
SMALLEST_BYTES = 12  # magic, length of the footer, magic
_FAULTS = (pa.ArrowException, OSError, ValueError)


def read_parquet(data: bytes, limits: Limits) -> Iterator[ParquetPiece | Damage]:
    """Yield the rows of a Parquet object; a row group that cannot be read is one `Damage` and the others still count.

    A row group is read whole before any of its rows is yielded. Checksums of pages are verified where there are any.
    """
    if len(data) < SMALLEST_BYTES or not data.endswith(MAGIC):
        yield Damage(BadReason.TRUNCATED_PARQUET, 0, "Parquet at its head but not at its tail")
        return
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    except _FAULTS as fault:
        yield Damage(BadReason.TRUNCATED_PARQUET, 0, f"unreadable Parquet footer: {fault}")
        return
    expanded_bytes = sum(group.total_byte_size for group in groups)
    if expanded_bytes > limits.expanded_bytes:
        yield Damage(BadReason.SIZE_CAP, 0, f"its columns expand to {expanded_bytes} bytes")
        return
    for number in range(len(groups)):
        try:
            table = file.read_row_group(number, use_threads=False)
            table.validate(full=False)
        except _FAULTS as fault:
            yield Damage(BadReason.TRUNCATED_PARQUET, 0, f"unreadable Parquet row group {number}: {fault}")
            continue
        for start in range(0, table.num_rows, limits.parquet_rows):
            yield ParquetPiece(table.slice(start, limits.parquet_rows))
