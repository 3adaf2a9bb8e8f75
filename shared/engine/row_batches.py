"""Rows of several objects on their way from the parser to the files of their hours, finished together.

Enrichment costs something per call and per distinct value, so a thousand small objects would pay it a thousand times.
What goes wrong is still laid to the object that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pyarrow as pa

from shared.engine.hour_files import HourFiles
from shared.errors import LoglakeError

BATCH_ROWS = 65_536  # a quarter of a row group; with half of one, a task of a large group holds 100 MB more
BATCH_BYTES = 128 * 1024 * 1024
_NOT_THE_ROWS = (LoglakeError, OSError, MemoryError)  # faults of the lake or the machine
_FEW_TABLES = 8  # more are copied into one: every step costs something per chunk


class Origin(Protocol):
    """The object that rows come from."""

    def written(self) -> None:
        """Some of its rows are on their way into files."""

    def refused(self, error: Exception) -> None:
        """Its rows cannot be finished; none of this call is kept. Raises where others were written already."""


class RowBatches:
    """Collects parsed rows, finishes them (enrichment, lineage) and hands them to the files; `flush` ends it.

    Rows of all objects have one schema. Up to a batch is held.
    """

    def __init__(self, finish: Callable[[pa.Table], pa.Table], files: HourFiles) -> None:
        self._finish, self._files = finish, files
        self._pending: list[tuple[Origin, pa.Table]] = []
        self._rows = self._bytes = 0

    def add(self, origin: Origin, rows: pa.Table) -> None:
        """Take rows of an object."""
        self._pending.append((origin, rows))
        self._rows += rows.num_rows
        self._bytes += rows.nbytes
        if self._rows >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Finish and pass on what has collected."""
        pending, self._pending = self._pending, []
        self._rows = self._bytes = 0
        if not pending:
            return
        try:
            finished = self._finish(_joined([rows for _, rows in pending]))
        except _NOT_THE_ROWS:
            raise
        except Exception:
            self._one_by_one(pending)
            return
        for origin, _ in pending:
            origin.written()
        self._files.add(finished)

    def _one_by_one(self, pending: Sequence[tuple[Origin, pa.Table]]) -> None:
        by_origin: dict[int, tuple[Origin, list[pa.Table]]] = {}
        for origin, rows in pending:
            by_origin.setdefault(id(origin), (origin, []))[1].append(rows)
        for origin, tables in by_origin.values():
            try:
                finished = self._finish(_joined(tables))
            except _NOT_THE_ROWS:
                raise
            except Exception as error:
                origin.refused(error)
            else:
                origin.written()
                self._files.add(finished)


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    joined = pa.concat_tables(tables)
    return joined.unify_dictionaries().combine_chunks() if len(tables) > _FEW_TABLES else joined
