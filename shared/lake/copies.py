"""Drop the copies of records from the files of a partition, and account for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.duplicates import deciding_columns, find_copies, members, repeated_hashes
from shared.lake.input_file import InputFile
from shared.lake.parquet import Positions
from shared.tables import Table
from shared.tables.vocabulary import ROUTE

_VALUES_AT_ONCE = 4_000_000
# Copies differ in these by nature.
_LINEAGE = frozenset(
    {
        "source_object",
        "source_line",
        "source_modified",
        "source_format",
        "ingest_run",
        "record_hash",
        "ua_rules_version",
        *(column.name for column in ROUTE),
    }
)


@dataclass
class DroppedCopies:
    """Which rows gave way, and to whom; the fields are those of `PartitionOutcome`."""

    duplicates: Counter[str] = field(default_factory=Counter)
    displaced: int = 0
    overlap: int = 0
    conflicting: int = 0
    lost_to: set[tuple[str, str]] = field(default_factory=set)


def drop_copies(files: Sequence[InputFile], table: Table) -> DroppedCopies:
    """Find rows of one key over all files, keep one of each and drop the others from their files.

    Read are the hashes of all rows, the key columns of rows whose hash is repeated, and what is needed to say whether a
    beaten copy had other content.
    """
    hashed = [file.hashes() for file in files]
    repeated = repeated_hashes([hashes for hashes, _ in hashed])
    found = DroppedCopies()
    if not len(repeated):
        return found
    places = [positions[members(hashes, repeated)] for hashes, positions in hashed]
    candidates = pa.concat_tables([f.read(deciding_columns(table), at) for f, at in zip(files, places, strict=True)])
    copies = find_copies(candidates.unify_dictionaries(), table)
    if not len(copies.losers):
        return found
    bounds = np.cumsum([0, *(len(at) for at in places)])
    owner = np.repeat(np.arange(len(files)), np.diff(bounds))
    for index, file in enumerate(files):
        mine = copies.losers[owner[copies.losers] == index] - bounds[index]
        file.drop(places[index][mine])
    names = np.array(candidates["source_object"].to_pylist(), dtype=object)
    losing, winning = names[copies.losers], names[copies.winners]
    found.lost_to = {(a, b) for a, b in zip(losing.tolist(), winning.tolist(), strict=True) if a != b}
    is_new = np.array([file.is_new for file in files])[owner[copies.losers]]
    found.duplicates = Counter(losing[is_new].tolist())
    found.displaced = int((~is_new).sum())
    other_format = np.zeros(len(copies.losers), np.bool_)
    if table.prefer_column:
        formats = np.array(candidates[table.prefer_column].to_pylist(), dtype=object)
        other_format = formats[copies.losers] != formats[copies.winners]
    found.overlap = int(other_format.sum())
    same = np.flatnonzero(~other_format)
    differs = _contents_differ(files, places, table, copies.losers[same], copies.winners[same])
    found.conflicting = int(differs.sum())
    return found


def _contents_differ(
    files: Sequence[InputFile], places: Sequence[Positions], table: Table, losers: Positions, winners: Positions
) -> npt.NDArray[np.bool_]:
    """Whether a beaten copy says something else than the row that stays; few columns in memory where rows are many."""
    differs = np.zeros(len(losers), np.bool_)
    if not len(losers):
        return differs
    told = [name for name in table.column_names if name not in _LINEAGE and name not in table.key]
    at_once = max(_VALUES_AT_ONCE // sum(map(len, places)), 1)
    for names in (told[start : start + at_once] for start in range(0, len(told), at_once)):
        parts = pa.concat_tables([file.read(names, at) for file, at in zip(files, places, strict=True)])
        for name in names:
            codes = _value_codes(parts[name].unify_dictionaries())
            differs |= codes[losers] != codes[winners]
    return differs


def _value_codes(values: pa.ChunkedArray) -> Positions:
    if pa.types.is_nested(values.type):
        values = pa.chunked_array([pa.array([None if v is None else repr(v) for v in values.to_pylist()], pa.string())])
    encoded = values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    codes = [chunk.indices.fill_null(-1).to_numpy() for chunk in encoded.unify_dictionaries().chunks]
    return np.concatenate(codes).astype(np.int64) if codes else np.empty(0, np.int64)
