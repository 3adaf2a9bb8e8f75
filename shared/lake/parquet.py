"""Parquet as the lake writes it, and the small statistics that each file carries about itself.

The statistics stand in the footer, so a partition's quality is the sum over its files, whichever run wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.storage import Store
from shared.tables import Column, ColumnType, Table

ROW_GROUP_ROWS = 262_144  # about 150 MB in memory: what a rewrite holds at a time
COMPRESSION_LEVEL = 1  # zstd: levels above take more time for the same size, as the dictionaries do the work
DICTIONARY_BYTES = 8 * 1024 * 1024  # of one column of a row group; a column with more is written plainly
LATE_AFTER_S = 3600
STATISTICS_KEY = b"loglake"

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FileStatistics:
    """What one file holds. Times are milliseconds since the epoch; None in a file without rows."""

    rows: int = 0
    min_event_ms: int | None = None
    max_event_ms: int | None = None
    late_rows: int = 0
    max_lag_ms: int | None = None

    def __add__(self, other: FileStatistics) -> FileStatistics:
        return FileStatistics(
            self.rows + other.rows,
            _least(self.min_event_ms, other.min_event_ms),
            _greatest(self.max_event_ms, other.max_event_ms),
            self.late_rows + other.late_rows,
            _greatest(self.max_lag_ms, other.max_lag_ms),
        )


def _least(a: int | None, b: int | None) -> int | None:
    return min((v for v in (a, b) if v is not None), default=None)


def _greatest(a: int | None, b: int | None) -> int | None:
    return max((v for v in (a, b) if v is not None), default=None)


def statistics_of(rows: pa.Table, table: Table) -> FileStatistics:
    """The statistics of rows in memory."""
    if not rows.num_rows:
        return FileStatistics()
    times = rows[table.partition_time].cast(pa.int64())
    extremes = pc.min_max(times).as_py()
    late_rows, max_lag_ms = 0, None
    if table.partition_time == "event_time" and "source_modified" in rows.column_names:
        lag = pc.subtract(rows["source_modified"].cast(pa.int64()), times)
        late_rows = pc.sum(pc.greater(lag, LATE_AFTER_S * 1000)).as_py() or 0
        max_lag_ms = pc.max(lag).as_py()
    return FileStatistics(rows.num_rows, extremes["min"], extremes["max"], late_rows, max_lag_ms)


class PartFile:
    """A Parquet file being written: rows collect into row groups, the statistics go into the footer.

    A context manager; the file appears when the block ends, and not if it raises.
    """

    def __init__(self, store: Store, key: str, table: Table) -> None:
        self.key = key
        self._table = table
        self._sink = ExitStack()
        sink = self._sink.enter_context(store.writer(key))
        self._schema = table.arrow_schema
        self._writer = pq.ParquetWriter(
            sink,
            self._schema,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[path for column in table for path in _dictionary_paths(column)],
            dictionary_pagesize_limit=DICTIONARY_BYTES,
            write_statistics=[column.name for column in table if _has_statistics(column, table)],
            store_schema=False,
        )
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self.pending_bytes = 0
        self.statistics = FileStatistics()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._sink:
            if error is None:
                self.flush()
                facts = json.dumps(asdict(self.statistics)).encode()
                self._writer.add_key_value_metadata({STATISTICS_KEY: facts})
            self._writer.close()
            if error is not None:
                raise error  # inside the store's block, so that nothing of the file appears

    def write(self, rows: pa.Table) -> None:
        """Add rows that have the table's declared columns and types."""
        self._pending.append(rows)
        self._pending_rows += rows.num_rows
        self.pending_bytes += rows.nbytes
        if self._pending_rows >= ROW_GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what has collected as a row group."""
        if self._pending_rows:
            columns = pa.concat_tables(self._pending).columns
            self._pending.clear()
            # Column by column, so that the codes of one are freed before those of the next are made.
            for at in range(len(columns)):
                columns[at] = columns[at].unify_dictionaries()
            rows = pa.Table.from_arrays(columns, schema=self._schema)
            self._writer.write_table(rows, row_group_size=rows.num_rows)
            self.statistics += statistics_of(rows, self._table)
        self._pending_rows = self.pending_bytes = 0


def _dictionary_paths(column: Column) -> list[str]:
    """The leaves of a column, as Parquet names them, whose values repeat enough to be stored as codes."""
    if column.type is ColumnType.STRING_MAP:
        return [f"{column.name}.key_value.{leaf}" for leaf in ("key", "value")]
    repeats = column.few_values or column.type in (ColumnType.TIMESTAMP, ColumnType.DOUBLE, ColumnType.INT)
    return [column.name] if repeats else []


def _has_statistics(column: Column, table: Table) -> bool:
    """Whether minimum and maximum can prune anything: those of text cannot, as rows lie in the order of time."""
    return column.type not in _TEXTS or (column.few_values and column.name in table.key)


_TEXTS = (ColumnType.STRING, ColumnType.STRINGS, ColumnType.STRING_MAP)


def read_statistics(file: pq.ParquetFile) -> FileStatistics:
    """The statistics in a file's footer; ValueError for a file that the lake did not write."""
    found = (file.metadata.metadata or {}).get(STATISTICS_KEY)
    if found is None:
        raise ValueError("not a Parquet file of this lake: its footer has no statistics")
    return FileStatistics(**json.loads(found))


def open_parquet(source: Any, table: Table) -> pq.ParquetFile:
    """Open a file of the lake; few-valued text is read as the dictionaries that it is stored as.

    A file of an older version of the table may lack columns, and pyarrow refuses names that a file has not got.
    """
    metadata = pq.read_metadata(source)
    present = set(metadata.schema.to_arrow_schema().names)
    few_valued = [column.name for column in table if column.few_values and column.name in present]
    return pq.ParquetFile(source, metadata=metadata, read_dictionary=few_valued)


def read_rows(file: pq.ParquetFile, table: Table, columns: Sequence[str], rows: Positions | None = None) -> pa.Table:
    """Read columns of all rows, or of the rows at ascending positions; only row groups that hold one are read.

    Columns that an older file lacks are null.
    """
    parts = list(iterate_rows(file, table, columns, rows))
    return pa.concat_tables(parts) if parts else _schema_of(table, columns).empty_table()


def iterate_rows(
    file: pq.ParquetFile, table: Table, columns: Sequence[str], rows: Positions | None = None
) -> Iterator[pa.Table]:
    """The same, one row group at a time."""
    present = [name for name in columns if name in file.schema_arrow.names]
    start = 0
    for group in range(file.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        at = None if rows is None else rows[slice(*np.searchsorted(rows, [start, end]))] - start
        if not present:
            # A table without columns forgets how many rows it has as soon as rows are taken from it.
            wanted, count = _schema_of(table, columns), end - start if at is None else len(at)
            yield pa.table([pa.nulls(count, field.type) for field in wanted], schema=wanted)
        elif at is None or len(at):
            part = file.read_row_group(group, present, use_threads=False)
            yield conform(part if at is None or len(at) == end - start else part.take(at), table, columns)
        start = end


def _schema_of(table: Table, columns: Sequence[str]) -> pa.Schema:
    return pa.schema([pa.field(name, table.column(name).arrow) for name in columns])


def conform(rows: pa.Table, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows with the declared columns in order and type; what they lack becomes null, what they have more goes."""
    wanted = _schema_of(table, table.column_names if columns is None else columns)
    arrays = []
    for field in wanted:
        if field.name not in rows.column_names:
            arrays.append(pa.nulls(rows.num_rows, field.type))
            continue
        values = rows[field.name]
        arrays.append(values if values.type.equals(field.type) else values.cast(field.type))
    return pa.table(arrays, schema=wanted)
