"""Which rows of a table a run parsed: found in the rows themselves, for a run of which nothing else tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.errors import DamageError
from shared.lake.input_file import InputFile
from shared.lake.lake import Lake
from shared.lake.layout import is_part_file
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass
class RunRows:
    """By object the rows in each partition, and partitions that could not be read."""

    by_object: dict[str, Counter[Partition]] = field(default_factory=dict)
    unreadable: set[Partition] = field(default_factory=set)


def places_of(lake: Lake, table: Table, among: Collection[Partition] | None = None) -> dict[Partition, str]:
    """The locations of the current versions: of these partitions, or of all."""
    wanted = None if among is None else sorted(among)
    return {p: version.location for p, version in lake.catalog.partitions(table.name, wanted).items()}


def rows_of_run(lake: Lake, table: Table, run: str, places: Mapping[Partition, str]) -> RunRows:
    """Rows of a run in versions that lie at these places: two narrow columns are read."""
    found = RunRows()
    for partition, location in places.items():
        for item in lake.store.list(location + "/"):
            if not isinstance(item, ObjectInfo) or not is_part_file(item.key):
                continue
            try:
                rows = InputFile(lake.store, table, item.key, item.size_bytes, is_new=False).read(
                    ["source_object", "ingest_run"]
                )
            except DamageError:
                found.unreadable.add(partition)
                continue
            for name, count in _counts(rows, run).items():
                found.by_object.setdefault(name, Counter())[partition] += count
    return found


def _counts(rows: pa.Table, run: str) -> dict[str, int]:
    mine = np.asarray(pc.equal(rows["ingest_run"].cast(pa.string()), run).to_numpy(), np.bool_)
    if not mine.any():
        return {}
    counted = pc.value_counts(rows["source_object"].filter(pa.array(mine)).cast(pa.string())).to_pylist()
    return {each["values"]: each["counts"] for each in counted}
