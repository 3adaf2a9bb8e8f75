"""Requests of either direction: what the log says of each, and what is true of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.table import EGRESS, INGRESS
from shared.synth.columns import TIMES_OF_DAY, dates, fixed_width, take
from shared.synth.mediapackage.outcomes import STATUS_CLASSES
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.resources import CLASSES
from shared.synth.population import Codes

Columns = Mapping[str, pa.StringArray]
Mask = npt.NDArray[np.bool_]

_EPOCH = datetime(1970, 1, 1)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_TIMES_OF_DAY = pa.array(TIMES_OF_DAY, pa.string())
_THOUSANDTHS = pa.array([f"{value:03d}" for value in range(1000)], pa.string())
_LONGEST_MS = 1 << 15
# As JSON numbers; the last three are what the service writes where nobody waited for the answer.
_SECONDS = pa.array([*(str(value / 1000) for value in range(_LONGEST_MS)), "-3", "-2", "-1"], pa.string())


class Direction(StrEnum):
    """Out of the origin, or into it."""

    EGRESS = "egress"
    INGRESS = "ingress"

    @property
    def table(self) -> str:
        """Name of the table that its records belong to."""
        return EGRESS.name if self is Direction.EGRESS else INGRESS.name


@dataclass(frozen=True)
class Truth:
    """What is true of each request, as codes and masks.

    place         index into `places`, `channel/endpoint` or `channel/input`
    kind          index into CLASSES
    status_class  index into STATUS_CLASSES
    marks         by name, see MediaPackageReport
    is_delivered  a segment that an encoder delivered
    """

    places: Sequence[str]
    place: Codes
    kind: Codes
    status_class: Codes
    marks: Mapping[str, Mask]
    is_delivered: Mask


@dataclass(frozen=True)
class Requests:
    """Requests in time order. `at_us` are microseconds since 1970; `columns` are texts by name, ready for JSON.

    `identity` says, as members of a JSON object, what all records of a place say: account, channel, endpoint or input.
    """

    direction: Direction
    at_us: npt.NDArray[np.int64]
    columns: Columns
    identities: pa.StringArray
    identity: Codes
    truth: Truth

    def __len__(self) -> int:
        return len(self.at_us)

    def report(self, mask: Mask) -> MediaPackageReport:
        """The truth about the requests in the mask, each of which is one distinct row."""
        count = int(mask.sum())
        if not count:
            return MediaPackageReport()
        truth, table = self.truth, self.direction.table
        hours, by_hour = np.unique(self.at_us[mask] // 3_600_000_000, return_counts=True)
        rows_by_hour = {
            _EPOCH + timedelta(hours=hour): rows for hour, rows in zip(hours.tolist(), by_hour.tolist(), strict=True)
        }
        return MediaPackageReport(
            records=count,
            distinct=count,
            rows_by_hour=rows_by_hour,
            table_rows_by_hour={table: rows_by_hour},
            requests_by_class={table: self._by_class(mask)},
            requests_by_status={table: _counted(STATUS_CLASSES, truth.status_class[mask])},
            marked={table: {name: int((is_set & mask).sum()) for name, is_set in truth.marks.items()}},
            segments_delivered=self._delivered(mask),
        )

    def _by_class(self, mask: Mask) -> dict[str, dict[str, int]]:
        codes = self.truth.place[mask] * len(CLASSES) + self.truth.kind[mask]
        counts = np.bincount(codes, minlength=len(self.truth.places) * len(CLASSES)).reshape(-1, len(CLASSES))
        rows = zip(self.truth.places, counts.tolist(), strict=True)
        return {place: {kind: n for kind, n in zip(CLASSES, row, strict=True) if n} for place, row in rows if any(row)}

    def _delivered(self, mask: Mask) -> dict[str, dict[str, int]]:
        delivered: dict[str, dict[str, int]] = {}
        for place, count in _counted(self.truth.places, self.truth.place[mask & self.truth.is_delivered]).items():
            channel, _, input_ = place.partition("/")
            delivered.setdefault(channel, {})[input_] = count
        return delivered


def iso_times(at_us: npt.NDArray[np.int64], *, digits: int) -> pa.StringArray:
    """Times as ISO 8601 in UTC with 3 or 6 fractional digits."""
    at_s, us = at_us // 1_000_000, at_us % 1_000_000
    parts = [dates(at_s), "T", take(_TIMES_OF_DAY, (at_s % 86_400).astype(np.int32)), "."]
    parts.append(take(_THOUSANDTHS, (us // 1000).astype(np.int32)))
    if digits == 6:
        parts.append(take(_THOUSANDTHS, (us % 1000).astype(np.int32)))
    return pc.binary_join_element_wise(*parts, "Z", "")


def seconds(milliseconds: npt.NDArray[np.int64]) -> pa.StringArray:
    """Times to first byte as the log has them; -1 to -3 (which are no milliseconds) as they are."""
    codes = np.where(milliseconds < 0, milliseconds + len(_SECONDS), np.minimum(milliseconds, _LONGEST_MS - 1))
    return take(_SECONDS, codes.astype(np.int32))


def request_ids(rng: np.random.Generator, at_us: npt.NDArray[np.int64]) -> pa.StringArray:
    """`Root=1-`, the second in hex, `-` and 24 random hex digits: the trace id of a load balancer."""
    count = len(at_us)
    characters = np.empty((count, 40), dtype=np.uint8)
    characters[:, :7] = np.frombuffer(b"Root=1-", dtype=np.uint8)
    at = (at_us // 1_000_000).astype(">u4").view(np.uint8).reshape(count, 4)
    characters[:, 7:15] = _hex(at)
    characters[:, 15] = ord("-")
    characters[:, 16:] = _hex(np.frombuffer(rng.bytes(12 * count), dtype=np.uint8).reshape(count, 12))
    return fixed_width(characters)


def _hex(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(_HEX[np.stack([values >> 4, values & 15], axis=-1)].reshape(len(values), -1))


def _counted(names: Sequence[str], codes: Codes) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return {name: count for name, count in zip(names, counts, strict=True) if count}
