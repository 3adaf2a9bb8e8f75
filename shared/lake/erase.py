"""Find the rows of erased subjects in partitions: tasks of a withdrawal (`shared.engine.withdraw`).

Read are the columns by which a table tells persons, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from shared.lake.input_file import InputFile
from shared.lake.jobs import StagedFile
from shared.lake.layout import is_part_file, staged_file
from shared.lake.parquet import PartFile
from shared.lake.withheld import erasures_of_run
from shared.storage import ObjectInfo, Store, open_store
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class Look:
    """What the tasks of one lot share: the table, the run whose snapshot lists the subjects, the key of their marks."""

    table: Table
    lake_uri: str
    run_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Found:
    """How many rows of a partition are an erased subject's, and the raw objects that they came from."""

    partition: Partition
    rows: int
    objects: frozenset[str]


def find_rows(look: Look, place: tuple[Partition, str]) -> Found:
    """Look through a partition version: the partition and its location."""
    partition, location = place
    erasures = erasures_of_run(look.lake_uri, look.run_id, look.key)
    columns = erasures.columns(look.table)
    rows = 0
    objects: set[str] = set()
    for file in _files(look, location) if columns else ():
        found = np.flatnonzero(erasures.rows_of(file.read(columns), look.table))
        if len(found):
            rows += len(found)
            codes, names = file.objects
            objects.update(names[code] for code in np.unique(codes[found]).tolist())
    return Found(partition, rows, frozenset(objects))


def stage_blanked(look: Look, place: tuple[Partition, str]) -> tuple[StagedFile | None, int]:
    """Stage a partition of the quarantine without the texts that name an erased subject, and how many those are.

    The file holds the whole partition; None where no text does.
    """
    partition, location = place
    store = open_store(look.lake_uri)
    entries = list(_entries(look, location))
    blanked = sum(count for _, count in entries)
    if not blanked:
        return None, 0
    key = staged_file(look.run_id, look.table.name, partition, group=0)
    with PartFile(store, key, look.table) as part:
        for rows, _ in entries:
            part.write(rows)
    return StagedFile(look.table.name, partition, key, part.statistics.rows), blanked


def _entries(look: Look, location: str) -> Iterator[tuple[pa.Table, int]]:
    """The entries of each row group as they are to be, and how many of them are changed."""
    erasures = erasures_of_run(look.lake_uri, look.run_id, look.key)
    for file in _files(look, location):
        for rows in file.kept():
            details, texts = rows["detail"].to_pylist(), rows["raw_text"].to_pylist()
            new_details, new_texts = erasures.blank(details, texts)
            changed = sum(old != new for old, new in zip(details, new_details, strict=True))
            kept = dict(zip(rows.column_names, rows.columns, strict=True))
            columns = {**kept, "detail": new_details, "raw_text": new_texts}
            yield pa.table(columns, schema=rows.schema), changed


def _files(look: Look, location: str) -> list[InputFile]:
    store: Store = open_store(look.lake_uri)
    return [
        InputFile(store, look.table, item.key, item.size_bytes, is_new=False)
        for item in store.list(location + "/")
        if isinstance(item, ObjectInfo) and is_part_file(item.key)
    ]
