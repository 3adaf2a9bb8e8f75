"""The truth about a sample, whatever its source: the receipt of the generator.

It is counted while the rows are made, not read back from the files, so that a lake can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class SampleReport:
    """What was written, by the generator's own count.

    records       distinct + duplicates + quarantined: what a run must account for, beside what it ignores
    distinct      good records that no earlier one repeats: what the lake must end up with
    duplicates    good records beyond those
    rows_by_hour  `distinct` by the hour of the event, naive UTC
    quarantined   records that no parser can place, and damaged objects or gzip members (one record each), by BadReason
    flagged       good records (copies included) by RowFlag
    ignored       what is no record, by kind: header, blank, control_message
    objects       log objects, broken ones included; markers and write probes are not
    bytes_written, bytes_uncompressed   of the objects; Parquet counts alike in both
    """

    records: int = 0
    distinct: int = 0
    duplicates: int = 0
    rows_by_hour: Mapping[datetime, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    flagged: Mapping[str, int] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)
    objects: int = 0
    bytes_written: int = 0
    bytes_uncompressed: int = 0

    def __add__(self, other: Self) -> Self:
        """Both deliveries together; right for objects that share no record beyond what `other` counts as duplicates."""
        added = {each.name: _added(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)}
        added["rows_by_hour"] = dict(sorted(added["rows_by_hour"].items()))
        return type(self)(**added)

    def as_repeated(self) -> Self:
        """The receipt of a second delivery of the same object: all its good records are duplicates."""
        return replace(self, distinct=0, duplicates=self.distinct + self.duplicates, rows_by_hour={})


def _added(left: Any, right: Any) -> Any:
    """Numbers and tuples added, mappings value by value."""
    if not isinstance(left, Mapping):
        return left + right
    both = dict(left)
    for key, value in right.items():
        both[key] = _added(both[key], value) if key in both else value
    return both
