"""A Parquet file on its way into a new version: read by the columns that decide, with a note of the rows that go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shared.lake.damage import damage_told
from shared.lake.parquet import FileStatistics, Positions, iterate_rows, open_parquet, read_rows, read_statistics
from shared.storage import Store
from shared.tables import Table
from shared.text.hashing import Hashes


class InputFile:
    """One input file: which of its rows stay.

    Whatever reads raises DamageError for a file that is gone or not what the lake wrote.
    """

    def __init__(self, store: Store, table: Table, key: str, size_bytes: int, *, is_new: bool) -> None:
        self._store, self._table = store, table
        self.key, self.size_bytes, self.is_new = key, size_bytes, is_new
        self.dropped: Positions = np.empty(0, np.int64)

    @cached_property
    def _parquet(self) -> pq.ParquetFile:
        with self._damage_told():
            return open_parquet(self._store.open_input(self.key), self._table)

    @cached_property
    def statistics(self) -> FileStatistics:
        """What the file says of itself."""
        parquet = self._parquet
        with self._damage_told():
            return read_statistics(parquet)

    @cached_property
    def objects(self) -> tuple[Positions, list[str]]:
        """Object of each row, as a code, and the objects."""
        column = self.read(["source_object"])["source_object"].unify_dictionaries().combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        return column.indices.to_numpy().astype(np.int64), column.dictionary.to_pylist()

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.statistics.rows

    @property
    def kept_rows(self) -> int:
        """Rows that stay."""
        return self.rows - len(self.dropped)

    @property
    def kept_bytes(self) -> int:
        """About what the rows that stay take."""
        return self.size_bytes * self.kept_rows // max(self.rows, 1)

    def drop(self, rows: Positions) -> None:
        """Let the rows at these positions go."""
        self.dropped = np.union1d(self.dropped, rows)

    def read(self, columns: Sequence[str], rows: Positions | None = None) -> pa.Table:
        """Columns of all rows, or of those at ascending positions, whether they stay or not."""
        parquet = self._parquet
        with self._damage_told():
            return read_rows(parquet, self._table, columns, rows)

    def kept(self) -> Iterator[pa.Table]:
        """The rows that stay, all columns, one row group at a time."""
        rows = np.setdiff1d(np.arange(self.rows), self.dropped) if len(self.dropped) else None
        parquet = self._parquet
        with self._damage_told():
            yield from iterate_rows(parquet, self._table, self._table.column_names, rows)

    def _damage_told(self) -> AbstractContextManager[None]:
        return damage_told(
            f"{self._store.url(self.key)} in a partition of {self._table.name}",
            remedy="restore it from the bucket's versions, or let `loglake doctor --repair` make the partition anew",
        )

    def hashes(self) -> tuple[Hashes, Positions]:
        """The key hashes of the rows that still stay, and their positions."""
        values = self.read(["record_hash"])["record_hash"].to_numpy().view(np.uint64)
        if not len(self.dropped):
            return values, np.arange(len(values))
        positions = np.setdiff1d(np.arange(len(values)), self.dropped)
        return values[positions], positions
