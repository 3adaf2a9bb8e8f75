"""Common media client data that players put into the query (CTA-5004), e.g. `CMCD=br%3D3200%2Cbs%2Csid%3D%22...%22`.

Standard logs have no fields for it, but the query has it, encoded by the player and once more by the logger.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.lines import Positions
from shared.text import percent_decode

_ARGUMENT = "CMCD="
_QUOTED = re.compile('"[^"]*"?')
_QUOTED_COMMA = "\ufdd0"  # no character, so no text has it: stands for a comma inside quotes while the list is split
_MAP = pa.map_(pa.string(), pa.string())


def client_data(queries: pa.Array) -> pa.Array:
    """Key to value of the CMCD argument of each query (decoded once); null without one.

    A key without value is "true", quotes around a value are dropped, and of a doubled key the last value counts.
    """
    has_data = pc.match_substring(queries, _ARGUMENT)
    if not pc.any(has_data).as_py():
        return pa.nulls(len(queries), _MAP)
    rows = np.flatnonzero(has_data.fill_null(False).to_numpy(zero_copy_only=False))
    data, of_query = _arguments(queries.take(pa.array(rows)))
    rows, data = rows[of_query], percent_decode(data)
    items, of_row = _items(data)
    keys, values = _keys_and_values(items)
    of_row = rows[of_row]
    kept = _last_of_each_key(keys, of_row)
    counts = np.bincount(of_row[kept], minlength=len(queries))
    ends = np.concatenate(([0], np.cumsum(counts)))
    offsets = pa.array(ends, pa.int32(), mask=np.append(counts == 0, False))
    return pa.MapArray.from_arrays(offsets, keys.take(pa.array(kept)), values.take(pa.array(kept)))


def _arguments(queries: pa.Array) -> tuple[pa.Array, Positions]:
    """The first CMCD argument of each query that has one, and the position of the query."""
    arguments = pc.split_pattern(queries, "&")
    is_ours = pc.starts_with(arguments.flatten(), _ARGUMENT)
    of_query = pc.list_parent_indices(arguments).filter(is_ours).to_numpy()
    of_query, first = np.unique(of_query, return_index=True)
    return pc.utf8_slice_codeunits(arguments.flatten().filter(is_ours).take(pa.array(first)), len(_ARGUMENT)), of_query


def _items(data: pa.Array) -> tuple[pa.Array, Positions]:
    """The comma-separated items of all rows, and the row of each."""
    lists = pc.split_pattern(data, ",")
    if pc.any(pc.equal(pc.bit_wise_and(pc.count_substring(lists.flatten(), '"'), 1), 1)).as_py():
        hidden = [
            text and _QUOTED.sub(lambda quoted: quoted[0].replace(",", _QUOTED_COMMA), text)
            for text in data.to_pylist()
        ]
        lists = pc.split_pattern(pa.array(hidden, pa.string()), ",")
        items = pc.replace_substring(lists.flatten(), _QUOTED_COMMA, ",")
    else:
        items = lists.flatten()
    return items, pc.list_parent_indices(lists).to_numpy().astype(np.int64)


def _keys_and_values(items: pa.Array) -> tuple[pa.Array, pa.Array]:
    pairs = pc.split_pattern(items, "=", max_splits=1)
    parts, starts = pairs.flatten(), pairs.offsets.to_numpy()
    alone = np.diff(starts) == 1
    keys = pc.utf8_trim_whitespace(parts.take(pa.array(starts[:-1])))
    values = parts.take(pa.array(starts[:-1] + 1, mask=alone))
    return keys, pc.fill_null(_unquoted(values), "true")


def _unquoted(values: pa.Array) -> pa.Array:
    quoted = pc.and_(pc.starts_with(values, '"'), pc.ends_with(values, '"'))
    quoted = pc.and_(quoted, pc.greater(pc.binary_length(values), 1))
    return pc.if_else(quoted, pc.utf8_slice_codeunits(values, 1, -1), values)


def _last_of_each_key(keys: pa.Array, of_row: Positions) -> Positions:
    codes = keys.dictionary_encode()
    identity = of_row * (len(codes.dictionary) + 1) + codes.indices.to_numpy()
    _, last = np.unique(identity[::-1], return_index=True)
    kept = np.sort(len(identity) - 1 - last)
    named: Positions = kept[pc.not_equal(keys, "").to_numpy(zero_copy_only=False)[kept]]
    return named
