"""Find the rows of erased subjects in partitions: tasks of a withdrawal (`shared.engine.withdraw`).

Read are the columns by which a table tells persons, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from shared.errors import DamageError
from shared.lake.catalog import PartitionVersion
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
    """How many rows of a partition are an erased subject's, and the raw objects that they came from.

    is_damaged  not all rows that the catalog counts could be looked at: nothing is known
    """

    partition: Partition
    rows: int = 0
    objects: frozenset[str] = frozenset()
    is_damaged: bool = False


@dataclass(frozen=True)
class Blanked:
    """How many texts of a partition of the quarantine are erased, and the file of the whole partition without them."""

    partition: Partition
    file: StagedFile | None = None
    texts: int = 0
    is_damaged: bool = False


def find_rows(look: Look, version: PartitionVersion) -> Found:
    """Look through a partition version."""
    erasures = erasures_of_run(look.lake_uri, look.run_id, look.key)
    columns = erasures.columns(look.table)
    if not columns:
        return Found(version.partition)
    found, objects = 0, set[str]()
    try:
        files = _files(look, version)
        if sum(file.rows for file in files) != version.rows:
            return Found(version.partition, is_damaged=True)
        for file in files:
            rows = np.flatnonzero(erasures.rows_of(file.read(columns), look.table))
            found += len(rows)
            if len(rows):
                codes, names = file.objects
                objects.update(names[code] for code in np.unique(codes[rows]).tolist())
    except DamageError:
        return Found(version.partition, is_damaged=True)
    return Found(version.partition, found, frozenset(objects))


def stage_blanked(look: Look, version: PartitionVersion) -> Blanked:
    """Stage a partition of the quarantine without the texts that name an erased subject, where one does."""
    partition, store = version.partition, open_store(look.lake_uri)
    try:
        entries = list(_entries(look, version))
    except DamageError:
        return Blanked(partition, is_damaged=True)
    if sum(rows.num_rows for rows, _ in entries) != version.rows:
        return Blanked(partition, is_damaged=True)
    blanked = sum(count for _, count in entries)
    if not blanked:
        return Blanked(partition)
    key = staged_file(look.run_id, look.table.name, partition, group=0)
    with PartFile(store, key, look.table) as part:
        for rows, _ in entries:
            part.write(rows)
    return Blanked(partition, StagedFile(look.table.name, partition, key, part.statistics.rows), blanked)


def _entries(look: Look, version: PartitionVersion) -> Iterator[tuple[pa.Table, int]]:
    """The entries of each row group as they are to be, and how many of them are changed."""
    erasures = erasures_of_run(look.lake_uri, look.run_id, look.key)
    for file in _files(look, version):
        for rows in file.kept():
            details, texts = rows["detail"].to_pylist(), rows["raw_text"].to_pylist()
            new_details, new_texts = erasures.blank(details, texts)
            changed = sum(old != new for old, new in zip(details, new_details, strict=True))
            kept = dict(zip(rows.column_names, rows.columns, strict=True))
            columns = {**kept, "detail": new_details, "raw_text": new_texts}
            yield pa.table(columns, schema=rows.schema), changed


def _files(look: Look, version: PartitionVersion) -> list[InputFile]:
    store: Store = open_store(look.lake_uri)
    return [
        InputFile(store, look.table, item.key, item.size_bytes, is_new=False)
        for item in store.list(version.location + "/")
        if isinstance(item, ObjectInfo) and is_part_file(item.key)
    ]
