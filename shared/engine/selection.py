"""Which raw objects an operation is about: by name, by hour, by what became of them, by the parser that read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.engine.raw_prefix import spelled_out
from shared.errors import UsageError
from shared.lake.ledger import Status
from shared.raw.hour_in_key import find_date
from shared.reasons import BadReason
from shared.sources.base import Source

Bools = npt.NDArray[np.bool_]

_AFTER_ALL_HOURS = "~"


@dataclass(frozen=True)
class Selection:
    """Objects that meet all that is given; hours are naive UTC, `to_hour` exclusive.

    salvage        also take the readable lines before the damage in damaged objects
    parser_before  objects that a parser of a version below this one has read last
    """

    patterns: tuple[str, ...] = ()
    from_hour: datetime | None = None
    to_hour: datetime | None = None
    reason: str | None = None
    salvage: bool = False
    parser_before: int | None = None

    def __post_init__(self) -> None:
        if not (self.patterns or self._has_range or self.reason or self.parser_before is not None):
            raise UsageError(
                "Nothing is chosen.",
                remedy="say which objects: --object, --from and --to, --reason, or --parser-before",
            )
        if self.reason is not None and self.reason not in set(BadReason):
            raise UsageError(f"There is no reason {self.reason!r}.", remedy=f"reasons are {', '.join(BadReason)}")
        if self.from_hour and self.to_hour and self.from_hour >= self.to_hour:
            raise UsageError(
                f"No hour lies between {hour_text(self.from_hour)} and {hour_text(self.to_hour)}.",
                remedy="give the first hour and, as the end, the hour after the last one",
            )

    @property
    def _has_range(self) -> bool:
        return self.from_hour is not None or self.to_hour is not None

    def require_possible(self, source: Source, *, has_raw: bool) -> None:
        """Refuse what would choose the same objects again for ever, or new ones by what only old ones have."""
        if self.parser_before is not None and self.parser_before > source.parser_version:
            raise UsageError(
                f"Parsers before version {self.parser_before} are asked for, but the parser of {source.name} in this "
                f"loglake has version {source.parser_version}: what it reads would still be one of them.",
                remedy="install the newer loglake first, or give `current`",
            )
        if has_raw and (self.reason is not None or self.parser_before is not None):
            raise UsageError(
                "Objects that are not in yet have neither a reason in quarantine nor a parser that read them.",
                remedy="leave the raw prefix out, or choose by hours or names alone",
            )

    def facts(self) -> dict[str, Any]:
        """What is asked for, in JSON's types: the selection's identity."""
        return {
            "patterns": sorted(set(self.patterns)),
            "from_hour": hour_text(self.from_hour) if self.from_hour else None,
            "to_hour": hour_text(self.to_hour) if self.to_hour else None,
            "reason": self.reason,
            "salvage": self.salvage,
            "parser_before": self.parser_before,
        }

    def among(self, entries: pa.Table, source: Source) -> pa.Array:
        """Of ledger entries as columns, for each whether its object is chosen.

        An object is in a range of hours by its rows. One that was not read whole may have had rows there that nobody
        knows of: it is in the range by the hour in its key, too.
        """
        chosen = np.ones(entries.num_rows, np.bool_)
        if self.parser_before is not None:
            chosen &= _bools(pc.less(pc.fill_null(entries["parser_version"], 0), self.parser_before))
        if self.reason is not None:
            chosen &= _any_of(entries["reasons"], lambda reasons: pc.equal(reasons, self.reason))
        if self.patterns:
            chosen &= _bools(pc.match_substring_regex(entries["key"], f"^{self._pattern}$"))
        if self._has_range:
            chosen &= self._are_in_range(entries, chosen, source)
        return pa.array(chosen)

    def _are_in_range(self, entries: pa.Table, asked: Bools, source: Source) -> Bools:
        def between(hours: pa.Array) -> pa.Array:
            return pc.and_(pc.greater_equal(hours, self._low), pc.less(hours, self._high))

        found = _any_of(entries["partitions"], between)
        has_rows = pc.greater(pc.fill_null(pc.list_value_length(entries["partitions"]), 0), 0)
        is_whole = _bools(pc.and_(pc.equal(entries["status"], Status.TAKEN.value), has_rows))
        rest = np.flatnonzero(asked & ~found & ~is_whole)
        places = zip(*(entries[name].take(rest).to_pylist() for name in ("root", "key")), strict=True)
        found[rest] = [self._is_in_range(url.removeprefix(f"{root}/"), source) for root, url in places]
        return found

    def takes_new(self, url: str, key: str, source: Source) -> bool:
        """Whether an object that the ledger does not know is chosen: by its name and the hour in its key."""
        return self._names(url) and (not self._has_range or self._is_in_range(key, source))

    def _names(self, url: str) -> bool:
        return not self.patterns or any(fits(url, spelled_out(pattern)) for pattern in self.patterns)

    @cached_property
    def _pattern(self) -> str:
        """All patterns in one; `*` is the one wildcard: the others of the shell occur in names."""
        named = (spelled_out(pattern).split("*") for pattern in self.patterns)
        return f"(?s:{'|'.join('.*'.join(map(re.escape, parts)) for parts in named)})"

    @cached_property
    def _low(self) -> str:
        return hour_text(self.from_hour) if self.from_hour else ""

    @cached_property
    def _high(self) -> str:
        return hour_text(self.to_hour) if self.to_hour else _AFTER_ALL_HOURS

    def _is_in_range(self, key: str, source: Source) -> bool:
        hours = hours_of_key(key, source)
        return hours is not None and self._low <= hour_text(hours[1]) and hour_text(hours[0]) < self._high


def fits(text: str, pattern: str) -> bool:
    """Whether a text fits a pattern whose one wildcard is `*`, in time that grows with both lengths alone.

    >>> fits("s3://logs/a/x.gz", "s3://*/x*"), fits("ab", "ab*b")
    (True, False)
    """
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def hours_of_key(key: str, source: Source) -> tuple[datetime, datetime] | None:
    """The first and the last hour of what a key says (an hour, a day or a month); None where it says no time."""
    starts = source.read_key(key).starts
    if starts is not None:
        return starts, starts
    dated = find_date(key)
    return None if dated is None else (dated.starts, dated.ends - timedelta(hours=1))


def _any_of(lists: pa.ChunkedArray, test: Callable[[pa.Array], pa.Array]) -> Bools:
    """For each list whether one of its values passes."""
    column = lists.combine_chunks()
    found = np.zeros(len(column), np.bool_)
    found[pc.list_parent_indices(column).to_numpy()[_bools(test(pc.list_flatten(column)))]] = True
    return found


def _bools(column: pa.Array) -> Bools:
    values: Bools = column.to_numpy(zero_copy_only=False)
    return values.astype(np.bool_)


def hour_text(moment: datetime) -> str:
    """The hour as ledger entries write it: as text it sorts by time."""
    return moment.isoformat()[:13]
