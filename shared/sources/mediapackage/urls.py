"""URLs in their parts, each distinct one once. Paths and queries stay as they were logged: nothing is decoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import data_bytes, has_value, merged, offsets, per_value
from shared.text.hashing import key_hashes

_COLON, _SLASH, _QUESTION, _AT, _BRACKET = b":/?@]"
_PARTS = 7  # scheme, ://, host, port, path, ?, query
_SCHEME, _HOST, _PATH, _QUERY = 0, 2, 4, 6

Positions = npt.NDArray[np.int64]


class Urls(NamedTuple):
    """Columns of dictionary<int32, string>, null where the URL has no such part; `hashes` int64, null without a URL."""

    scheme: pa.Array
    host: pa.Array
    path: pa.Array
    query: pa.Array
    hashes: pa.Array


def read_urls(texts: Mapping[str, pa.Array], rows: int) -> Urls | None:
    """The URL of each row: `request`, else `request_uri_base` with `request_query_params`; None where none is a column.

    A record may have `request` with its query, and the query besides: it is not taken twice. The hash is that of the
    URL as it was logged, by its part before the question mark and its query, so that both forms have the same.
    """
    whole = merged([texts[name] for name in ("request", "request_uri_base") if name in texts])
    if whole is None and not texts:
        return None
    if whole is None:
        whole = pa.nulls(rows, pa.dictionary(pa.int32(), pa.string()))
    parts = _split(whole.dictionary)

    def part(at: int) -> pa.Array:
        return per_value(whole, lambda values: _null_empty(parts.take(_every(len(values), at))))

    query = merged([part(_QUERY), *(texts[name] for name in ("request_query_params",) if name in texts)])
    hashes = key_hashes([per_value(whole, _without_query), query]).view(np.int64)
    nulls = ~has_value(whole) if whole.null_count else None
    return Urls(part(_SCHEME), part(_HOST), part(_PATH), query, pa.array(hashes, mask=nulls))


def _without_query(values: pa.Array) -> pa.Array:
    starts, bounds = _bounds(values)
    cuts = _first(data_bytes(values), _QUESTION, starts[:-1], starts[1:])
    return _pieces(values, np.stack([starts[:-1], cuts], axis=1), bounds).take(_every(len(values), 0, parts=2))


def _split(values: pa.Array) -> pa.Array:
    """The parts of each value, `_PARTS` for each, one after another; empty where the value has no such part."""
    data = data_bytes(values)
    starts, bounds = _bounds(values)
    begins, ends = starts[:-1], starts[1:]
    cuts = _first(data, _QUESTION, begins, ends)
    colons = _first(data, _COLON, begins, cuts)
    padded = np.concatenate([data, np.zeros(2, np.uint8)])
    is_absolute = (colons + 2 < cuts) & (padded[np.minimum(colons + 1, len(data))] == _SLASH)
    is_absolute &= padded[np.minimum(colons + 2, len(data) + 1)] == _SLASH
    colons = np.where(is_absolute, colons, begins)
    hosts = np.where(is_absolute, colons + 3, begins)
    paths = np.where(is_absolute, _first(data, _SLASH, hosts, cuts), begins)
    # Before the host a user may stand; in brackets, an IPv6 address has colons that begin no port.
    users = _first(data, _AT, hosts, paths)
    hosts = np.where(users < paths, users + 1, hosts)
    brackets = _first(data, _BRACKET, hosts, paths)
    ports = _first(data, _COLON, np.where(brackets < paths, brackets, hosts), paths)
    queries = np.minimum(cuts + 1, ends)
    return _pieces(values, np.stack([begins, colons, hosts, ports, paths, cuts, queries], axis=1), bounds)


def _bounds(values: pa.Array) -> tuple[Positions, int]:
    bounds = offsets(values).astype(np.int64)
    first = int(bounds[0])
    return bounds - first, first


def _first(data: npt.NDArray[np.uint8], wanted: int, begins: Positions, ends: Positions) -> Positions:
    """Where each range has the byte first; its end where it has it nowhere."""
    found = np.append(np.flatnonzero(data == wanted), len(data))
    at: Positions = found[np.searchsorted(found, begins)]
    return np.minimum(at, ends)


def _pieces(values: pa.Array, cuts: Positions, first: int) -> pa.Array:
    """What stands between the cuts, which rise; the last piece of each value goes to its end."""
    positions = np.append(cuts.ravel(), offsets(values)[-1] - first).astype(np.int32) + np.int32(first)
    buffers = [None, pa.py_buffer(positions), values.buffers()[2] or pa.py_buffer(b"")]
    return pa.Array.from_buffers(pa.string(), cuts.size, buffers)


def _every(count: int, at: int, *, parts: int = _PARTS) -> pa.Array:
    return pa.array(np.arange(at, count * parts, parts, dtype=np.int32))


def _null_empty(values: pa.Array) -> pa.Array:
    empty = pc.equal(pc.binary_length(values), 0)
    return pc.if_else(empty, None, values) if pc.any(empty).as_py() else values
