"""Which copy of a record stays: pure functions over the key columns of one partition.

The choice is a minimum over a total order (format preference, object, line), so it does not depend on how the copies
were batched or in which order they came: the winner of all is the winner among any winners.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.parquet import Positions
from shared.tables import Table
from shared.text.hashing import Hashes

_BUCKET_ROWS = 16_000_000  # one pass over the hashes of a partition holds at most about this many


class Copies(NamedTuple):
    """Pairs of rows with one key, as positions in the candidates given: `losers[i]` gives way to `winners[i]`."""

    losers: Positions
    winners: Positions


def repeated_hashes(files: Sequence[Hashes]) -> Hashes:
    """The hash values that occur more than once over all files, sorted.

    Passes over slices of the hash space, so that the memory beyond the input stays bounded in large partitions.
    """
    total = sum(len(hashes) for hashes in files)
    passes = max(1, -(-total // _BUCKET_ROWS))
    found = []
    for index in range(passes):
        slices = [h if passes == 1 else h[h % np.uint64(passes) == index] for h in files]
        ordered = np.sort(np.concatenate(slices)) if slices else np.empty(0, np.uint64)
        found.append(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
    return np.sort(np.concatenate(found))


def members(hashes: Hashes, wanted: Hashes) -> Positions:
    """Positions of the hashes that are among the (sorted) wanted ones."""
    if not len(wanted):
        return np.empty(0, np.int64)
    at = np.searchsorted(wanted, hashes)
    at[at == len(wanted)] = 0
    return np.flatnonzero(wanted[at] == hashes)


def deciding_columns(table: Table) -> list[str]:
    """The columns that `find_copies` reads."""
    prefer = [table.prefer_column] if table.prefer_column else []
    return [*table.key, *prefer, "source_object", "source_line"]


def find_copies(candidates: pa.Table, table: Table) -> Copies:
    """Compare candidate rows by their real keys.

    candidates  `deciding_columns` of rows whose hashes are equal to some other row's
    Returns each row that gives way, with the row that stays. Nulls in a key are values like any other, except in the
    table's scope column.
    """
    if not candidates.num_rows:
        return Copies(np.empty(0, np.int64), np.empty(0, np.int64))
    key = _codes([candidates[name] for name in table.hashed_columns])
    scope, unknown = _scopes(candidates, table)
    rank = (
        candidates["source_line"].to_numpy(),
        _text_ranks(candidates["source_object"]),
        _preference(candidates, table),
    )
    # Best first inside a key; those that do not know their scope last, so that any other beats them.
    by_key = np.lexsort((*rank, unknown, key))
    best_of_key = _firsts(by_key, (key,))
    by_scope = np.lexsort((*rank, scope, key))
    best_of_scope = _firsts(by_scope, (key, scope))
    winner = np.where(unknown, best_of_key, best_of_scope)
    losers = np.flatnonzero(winner != np.arange(len(winner)))
    return Copies(losers, winner[losers])


def _firsts(order: Positions, groups: tuple[Positions, ...]) -> Positions:
    """For each row the first row, in this order, of its group."""
    ordered = [group[order] for group in groups]
    changes = np.logical_or.reduce([codes[1:] != codes[:-1] for codes in ordered])
    starts = np.concatenate(([True], changes))
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    firsts = np.empty(len(order), np.int64)
    firsts[order] = first
    return firsts


def _scopes(candidates: pa.Table, table: Table) -> tuple[Positions, npt.NDArray[np.bool_]]:
    if table.key_scope is None:
        return np.zeros(candidates.num_rows, np.int64), np.zeros(candidates.num_rows, np.bool_)
    column = candidates[table.key_scope]
    return _codes([column]), np.asarray(column.is_null().to_numpy(), np.bool_)


def _codes(columns: list[pa.ChunkedArray]) -> Positions:
    total: Positions | None = None
    for column in columns:
        encoded = pc.dictionary_encode(_plain(column), null_encoding="encode").combine_chunks()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if total is None:
            total = codes
        else:
            # Renumber after each column, so that the product of the code ranges cannot overflow.
            total = np.unique(total * np.int64(len(encoded.dictionary) + 1) + codes, return_inverse=True)[1].astype(
                np.int64
            )
    if total is None:
        raise ValueError("the table has no key")
    return total


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _text_ranks(column: pa.ChunkedArray) -> Positions:
    encoded = _plain(column).combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    ranks = np.empty(len(names), np.int64)
    ranks[sorted(range(len(names)), key=lambda i: names[i].encode())] = np.arange(len(names))
    found: Positions = ranks[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


def _preference(candidates: pa.Table, table: Table) -> Positions:
    if table.prefer_column is None:
        return np.zeros(candidates.num_rows, np.int64)
    at = pc.index_in(_plain(candidates[table.prefer_column]), pa.array(table.prefer)).fill_null(len(table.prefer))
    found: Positions = at.to_numpy().astype(np.int64)
    return found
