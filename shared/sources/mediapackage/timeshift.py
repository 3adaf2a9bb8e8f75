"""What a query asks of a manifest: another time than now, a part of the renditions, a blocking reload.

Source: AWS Elemental MediaPackage user guides, "Time-shifted viewing", "Manifest filtering" (v1 and v2) and "Manifest
settings"; for `_HLS_msn`, the HLS specification's delivery directives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.instants import instants
from shared.sources.mediapackage.patterns import first_rule
from shared.text import percent_decode

Flags = npt.NDArray[np.uint8]

START, END, DELAY, OTHER, FILTER, BLOCKING = 1, 2, 4, 8, 16, 32

_FLAGS = {
    "start": START,
    "end": END,
    "time_delay": DELAY,
    "clip_start_time": OTHER,
    "manifest_window_seconds": OTHER,
    "aws.manifestfilter": FILTER,
    "_hls_msn": BLOCKING,
}
_FLAG_OF_NAME = np.array(list(_FLAGS.values()), np.uint8)
_SETTINGS = "aws.manifestsettings"
_HAS_A_NAME = "start|end|time_delay|manifest|_hls_msn"  # a part of each of the names
_ARGUMENT = "(?s)^(?P<name>[^=]*)=(?P<value>.+)$"
_SETTING = r"(?s)^\s*(?P<name>[^:\s]*)\s*:(?P<value>.+)$"


@dataclass(frozen=True)
class Wishes:
    """What each of some queries asks for: flags, and the window's start and end (UTC, null where it is no time)."""

    flags: Flags
    start: pa.Array
    end: pa.Array


def wishes(queries: pa.Array) -> Wishes:
    """Read an array of queries as logged (percent-encoded, without `?`, null for none).

    Arguments count under their decoded names whatever the case, as `name=value` or as `name:value` in the list
    `aws.manifestsettings`, which `;` separates. One without a value asks for nothing; of several of one name the first
    counts, and one that stands alone before one of the list.
    """
    flags = np.zeros(len(queries), np.uint8)
    start = end = pa.nulls(len(queries), pa.timestamp("ms", tz="UTC"))
    candidates = pc.match_substring_regex(pc.ascii_lower(percent_decode(queries)), _HAS_A_NAME)
    if not pc.any(candidates).as_py():
        return Wishes(flags, start, end)
    at = np.flatnonzero(candidates.fill_null(False).to_numpy(zero_copy_only=False))
    names, values, of_query = _arguments(queries.take(pa.array(at)))
    which = pc.index_in(names, pa.array(list(_FLAGS)))
    known = which.is_valid()
    of_query, values = at[of_query[known.to_numpy(zero_copy_only=False)]], values.filter(known)
    found = _FLAG_OF_NAME[which.drop_null().to_numpy()]
    np.bitwise_or.at(flags, of_query, found)
    ends = np.flatnonzero(found & (START | END))
    times, found, of_query = instants(values.take(pa.array(ends))), found[ends], of_query[ends]
    return Wishes(flags, _first(times, of_query, found == START, start), _first(times, of_query, found == END, end))


def window_flags(start: pa.Array, end: pa.Array) -> Flags:
    """The flags of windows in paths, told from the texts of their ends (null without one)."""
    flags: Flags = START * start.is_valid().to_numpy(zero_copy_only=False).astype(np.uint8)
    flags |= END * end.is_valid().to_numpy(zero_copy_only=False).astype(np.uint8)
    return flags


def shift_kinds(flags: Flags) -> pa.Array:
    """delay, catchup (a window with both ends), startover (from its start to now), other; null without time-shift."""
    rules = [
        (pa.array(flags & DELAY != 0), "delay"),
        (pa.array(flags & (START | END) == START | END), "catchup"),
        (pa.array(flags & START != 0), "startover"),
        (pa.array(flags & (END | OTHER) != 0), "other"),
    ]
    return first_rule(rules)


def _arguments(queries: pa.Array) -> tuple[pa.Array, pa.Array, npt.NDArray[np.int64]]:
    """Decoded names in lower case, decoded values, and the query of each: first of arguments, then of settings."""
    names, values, of_query = _pairs(queries, "&", _ARGUMENT)
    names, values = pc.ascii_lower(percent_decode(names)), percent_decode(values)
    is_list = pc.equal(names, _SETTINGS)
    if not pc.any(is_list).as_py():
        return names, values, of_query
    set_names, set_values, of_list = _pairs(values.filter(is_list), ";", _SETTING)
    of_setting = of_query[is_list.to_numpy(zero_copy_only=False)][of_list]
    return (
        pa.concat_arrays([names, pc.ascii_lower(set_names)]),
        pa.concat_arrays([values, set_values]),
        np.concatenate([of_query, of_setting]),
    )


def _pairs(texts: pa.Array, separator: str, pattern: str) -> tuple[pa.Array, pa.Array, npt.NDArray[np.int64]]:
    parts = pc.split_pattern(texts, separator)
    pairs = pc.extract_regex(parts.flatten(), pattern)
    of_text = pc.list_parent_indices(parts).filter(pairs.is_valid()).to_numpy().astype(np.int64)
    pairs = pairs.drop_null()
    return pc.struct_field(pairs, "name"), pc.struct_field(pairs, "value"), of_text


def _first(
    times: pa.Array, of_query: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_], otherwise: pa.Array
) -> pa.Array:
    """For each query the first of its wanted times."""
    at = np.flatnonzero(wanted)
    queries, first = np.unique(of_query[at], return_index=True)
    chosen = np.zeros(len(otherwise), np.bool_)
    chosen[queries] = True
    return pc.replace_with_mask(otherwise, chosen, times.take(pa.array(at[first])))
