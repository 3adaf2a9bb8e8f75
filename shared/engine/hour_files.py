"""Rows of a task on their way into Parquet: split by event hour, collected in bounded memory, one file per hour."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.lake.jobs import StagedFile
from shared.lake.layout import new_attempt, staged_file
from shared.lake.parquet import ROW_GROUP_ROWS, PartFile
from shared.storage import Store
from shared.tables import Table
from shared.tables.partitions import MS_PER_HOUR, Partition

MAX_PENDING_BYTES = 256 * 1024 * 1024
_FEW_HOURS = 8  # of more the rows are sorted first: looking through all of them costs as much for each hour
_MAX_OPEN_FILES = 64  # an object full of wild timestamps must not exhaust file handles


class HourFiles:
    """Writes rows of one table under the names that the plan gives a group, in a folder of its own; a context manager.

    An hour has one file, unless the rows of a task fall into more hours than files may be open: then an hour that comes
    back gets a second file (the sequence in the name counts them).
    """

    def __init__(self, store: Store, table: Table, run_id: str, group: int) -> None:
        self._store, self._table, self._run_id, self._group = store, table, run_id, group
        self._attempt = new_attempt()
        self._pending: dict[int, list[pa.Table]] = {}
        self._rows: dict[int, int] = {}
        self._bytes: dict[int, int] = {}
        self._open: dict[int, PartFile] = {}
        self._sequence: dict[int, int] = {}
        self.staged: list[StagedFile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for hour in sorted({*self._pending, *self._open}):
                self._flush(hour)
                self._close(hour)
            return
        for part in self._open.values():
            with suppress(type(error)):
                part.__exit__(kind, error, trace)

    def add(self, rows: pa.Table) -> None:
        """Take rows with the table's columns and types."""
        for hour, part in self._split(rows):
            self._pending.setdefault(hour, []).append(part)
            self._rows[hour] = self._rows.get(hour, 0) + part.num_rows
            self._bytes[hour] = self._bytes.get(hour, 0) + part.nbytes
            if self._rows[hour] >= ROW_GROUP_ROWS:
                self._flush(hour)
        while sum(self._bytes.values()) > MAX_PENDING_BYTES:
            self._flush(max(self._bytes, key=self._bytes.__getitem__))

    def _split(self, rows: pa.Table) -> Iterable[tuple[int, pa.Table]]:
        hour_of_row = _hours(rows, self._table)
        hours = np.unique(hour_of_row).tolist()
        if len(hours) == 1:
            yield hours[0], rows
            return
        if len(hours) <= _FEW_HOURS:
            for hour in hours:
                yield hour, _compact(_chosen(rows, hour_of_row == hour))
            return
        order = np.argsort(hour_of_row, kind="stable")
        rows, bounds = rows.take(pa.array(order)), np.searchsorted(hour_of_row[order], [*hours, hours[-1] + 1])
        for hour, start, end in zip(hours, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            yield hour, _compact(rows.slice(start, end - start))

    def _flush(self, hour: int) -> None:
        pending = self._pending.pop(hour, [])
        self._rows.pop(hour, None)
        self._bytes.pop(hour, None)
        if not pending:
            return
        part = self._open.get(hour) or self._open_file(hour)
        while pending:  # let go of, as writing frees what it has read
            part.write(pending.pop(0))
        part.flush()

    def _open_file(self, hour: int) -> PartFile:
        if len(self._open) >= _MAX_OPEN_FILES:
            self._close(next(iter(self._open)))
        sequence = self._sequence[hour] = self._sequence.get(hour, -1) + 1
        partition = Partition.of_hour(hour)
        key = staged_file(self._run_id, self._table.name, partition, self._group, sequence, self._attempt)
        self._open[hour] = PartFile(self._store, key, self._table)
        return self._open[hour]

    def _close(self, hour: int) -> None:
        with self._open.pop(hour) as part:
            pass  # leaving the block finishes the file
        self.staged.append(StagedFile(self._table.name, Partition.of_hour(hour), part.key, part.statistics.rows))


def hours_of(rows: pa.Table, table: Table) -> set[int]:
    """The hours (since the epoch) that rows of the table belong to."""
    return set(np.unique(_hours(rows, table)).tolist())


def _hours(rows: pa.Table, table: Table) -> npt.NDArray[np.int64]:
    times: npt.NDArray[np.int64] = rows[table.partition_time].cast(pa.int64()).to_numpy()
    return times // MS_PER_HOUR


def _chosen(rows: pa.Table, is_chosen: npt.NDArray[np.bool_]) -> pa.Table:
    """The marked rows. Columns without any value, of which a log has many, are only cut: nothing is copied for them."""
    mask, count = pa.array(is_chosen), int(np.count_nonzero(is_chosen))
    columns = [
        column.slice(0, count) if column.null_count == len(column) else column.filter(mask) for column in rows.columns
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def _compact(rows: pa.Table) -> pa.Table:
    """The rows without the values of dictionaries that a few rows of many leave behind: they would be written."""
    for at, column in enumerate(rows.columns):
        if pa.types.is_dictionary(column.type) and any(map(_mostly_unused, column.chunks)):
            chunks = [_used(chunk) if _mostly_unused(chunk) else chunk for chunk in column.chunks]
            rows = rows.set_column(at, rows.schema.field(at), pa.chunked_array(chunks, column.type))
    return rows


def _mostly_unused(values: pa.DictionaryArray) -> bool:
    return len(values.dictionary) > len(values)


def _used(values: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same values with a dictionary of those that occur; no text is looked at, only codes."""
    codes = values.indices.dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices, values.dictionary.take(codes.dictionary), safe=False)
