"""What a record is: of which version, of live or VOD, of which direction. The first that tells it decides, row by row.

Whole columns are looked at before rows: mostly all records of an object are of one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import Mask, has_value, rows_of
from shared.sources.mediapackage.fields import EGRESS_NAMES, INGRESS_NAMES, V1_ONLY, V2_ONLY

VERSIONS = ("v1", "v2")
WORKFLOWS = ("live", "vod")
EGRESS, INGRESS = DIRECTIONS = ("egress", "ingress")

_V1, _V2 = range(2)
_LIVE, _VOD = range(2)
_OUT, _IN = range(2)
_UNKNOWN = -1

Codes = npt.NDArray[np.int32]


def column_of(codes: Codes, values: Sequence[str]) -> pa.Array:
    """A dictionary<int32, string> column of codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values))


def versions(wires: Mapping[str, pa.Array], host: pa.Array | None, rows: int) -> Codes:
    """Codes of VERSIONS: by the spelling of the fields that a record has, else by its host, else version 1."""
    return _first_that_tells(
        rows,
        _V1,
        [
            (_V2, lambda: _any_of((has_value(each) for name, each in wires.items() if name in V2_ONLY), rows)),
            (_V1, lambda: _any_of((has_value(each) for name, each in wires.items() if name in V1_ONLY), rows)),
            (_V2, lambda: _containing(host, r"(?i)\.mediapackagev2\.", rows)),
        ],
    )


def workflows(host: pa.Array | None, vod_ids: Sequence[pa.Array], rows: int) -> Codes:
    """Codes of WORKFLOWS: VOD has its own hosts and ids."""
    return _first_that_tells(
        rows,
        _LIVE,
        [
            (_VOD, lambda: _containing(host, "(?i)mediapackage-vod", rows)),
            (_VOD, lambda: _any_of(map(has_value, vod_ids), rows)),
        ],
    )


def directions(
    was_there: Callable[[str], Mask],
    host: pa.Array | None,
    path: pa.Array | None,
    hints: Sequence[pa.Array | None],
    method: pa.Array | None,
    rows: int,
) -> Codes:
    """Codes of DIRECTIONS: by the fields that only one has, by host, by path, by hints, at last by method.

    was_there   by name, the rows that have a field, be it empty
    hints       texts that name the direction: log type, log group. Users name groups as they like, so they come late
    """
    return _first_that_tells(
        rows,
        _OUT,
        [
            (_OUT, lambda: _any_of(map(was_there, EGRESS_NAMES), rows)),
            (_IN, lambda: _any_of(map(was_there, INGRESS_NAMES), rows)),
            (_OUT, lambda: _containing(host, r"(?i)\.egress\.", rows)),
            (_IN, lambda: _containing(host, r"(?i)\.ingest\.", rows)),
            (_OUT, lambda: _containing(path, "^/+out/", rows)),
            (_IN, lambda: _containing(path, "^/+in/", rows)),
            *((_OUT, lambda hint=hint: _containing(hint, "(?i)egress", rows)) for hint in hints),
            *((_IN, lambda hint=hint: _containing(hint, "(?i)ingress", rows)) for hint in hints),
            (_IN, lambda: _containing(method, "^(?:PUT|POST|DELETE)$", rows)),
        ],
    )


def _first_that_tells(rows: int, otherwise: int, tests: Sequence[tuple[int, Callable[[], Mask]]]) -> Codes:
    codes = np.full(rows, _UNKNOWN, dtype=np.int32)
    for code, test in tests:
        unknown = codes == _UNKNOWN
        if not unknown.any():
            return codes
        codes[unknown & test()] = code
    codes[codes == _UNKNOWN] = otherwise
    return codes


def _any_of(masks: Iterable[Mask], rows: int) -> Mask:
    found = np.zeros(rows, dtype=np.bool_)
    for mask in masks:
        found |= mask
        if found.all():
            break
    return found


def _containing(values: pa.Array | None, pattern: str, rows: int) -> Mask:
    if values is None or values.null_count == rows:
        return np.zeros(rows, dtype=np.bool_)
    distinct = pc.match_substring_regex(values.dictionary, pattern).fill_null(False)
    return rows_of(distinct.to_numpy(zero_copy_only=False), values)
