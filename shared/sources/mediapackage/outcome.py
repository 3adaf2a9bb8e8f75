"""What became of a request: its status, how long it took, whether the client hung up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import Mask, has_value
from shared.sources.mediapackage.kinds import column_of
from shared.sources.mediapackage.record_fields import RecordFields

_ABORTED = (460, 499)
_STATUS_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")


def outcomes(fields: RecordFields, rows: int) -> dict[str, pa.Array]:
    """The columns status, status_class, time_to_first_byte_s and is_aborted.

    Where the log says `-` for the status, or a negative time, the client hung up: those numbers mean nothing. A status
    that was left out of the log, or is no number, says nothing of the client: is_aborted is null then.
    """
    status, is_aborted, is_known = _status(fields, rows)
    times = pa.nulls(rows, pa.float64())
    if "time_to_first_byte" in fields:
        times = fields.marks.number(fields["time_to_first_byte"], pa.float64(), exponents=True)
        is_negative = pc.less(times, 0).fill_null(False).to_numpy(zero_copy_only=False)
        if is_negative.any():
            times = pc.if_else(pa.array(is_negative), None, times)
            is_aborted, is_known = is_aborted | is_negative, is_known | is_negative
    return {
        "status": status,
        "status_class": _status_class(status),
        "time_to_first_byte_s": times,
        "is_aborted": pa.array(is_aborted, mask=None if is_known.all() else ~is_known),
    }


def _status(fields: RecordFields, rows: int) -> tuple[pa.Array, Mask, Mask]:
    """The status; the rows in which it says that the client hung up; those in which it says anything of that."""
    if "status_code" not in fields:
        nothing = np.zeros(rows, dtype=np.bool_)
        return pa.nulls(rows, pa.int32()), nothing, nothing
    logged = fields["status_code"]
    status = fields.marks.number(logged, pa.int32())
    was_none = fields.was_there("status_code") & ~has_value(logged)
    is_aborted = was_none | np.isin(status.fill_null(0).to_numpy(zero_copy_only=False), _ABORTED)
    return status, is_aborted, was_none | has_value(status)


def _status_class(statuses: pa.Array) -> pa.Array:
    hundreds = statuses.fill_null(0).to_numpy(zero_copy_only=False) // 100
    return column_of(np.where((hundreds >= 1) & (hundreds <= 5), hundreds, 0).astype(np.int32), _STATUS_CLASSES)
