"""What the wrappings of records say of them: log group, event id, and the time that CloudWatch Logs holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.sources.columns.times import NO_TIME, Millis

_EXPORT_ROUTE = "export"


@dataclass(frozen=True)
class Origins:
    """Of the rows of a batch, or of nothing: text and Parquet that came as they are.

    log_group  dictionary<int32, string>
    event_id   string
    """

    log_group: pa.Array | None = None
    event_id: pa.Array | None = None
    logged_ms: Millis | None = None
    is_export: npt.NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, records: pa.Table) -> Origins:
        """Of records out of their wrappings; what all of them lack is nothing."""
        names = ("log_group", "event_id", "logged_ms", "route")
        log_group, event_id, logged, routes = (records[name].combine_chunks() for name in names)
        has_time = logged.null_count < len(logged)
        return cls(
            None if log_group.null_count == len(log_group) else log_group,
            None if event_id.null_count == len(event_id) else event_id,
            logged.fill_null(NO_TIME).to_numpy(zero_copy_only=False) if has_time else None,
            _is_export(routes) if has_time else None,
        )

    def at(self, rows: npt.NDArray[np.int64]) -> Origins:
        """Of some of the records."""
        taken = pa.array(rows)
        return Origins(
            None if self.log_group is None else self.log_group.take(taken),
            None if self.event_id is None else self.event_id.take(taken),
            None if self.logged_ms is None else self.logged_ms[rows],
            None if self.is_export is None else self.is_export[rows],
        )

    def times(self, *, of_export: bool) -> Millis:
        """The time of the log event where it came by an export task, or by any other way; NO_TIME elsewhere."""
        if self.logged_ms is None or self.is_export is None:
            raise AssertionError("only asked where there is one")
        return np.where(self.is_export == of_export, self.logged_ms, NO_TIME)


def _is_export(routes: pa.Array) -> npt.NDArray[np.bool_]:
    is_export = np.array([route == _EXPORT_ROUTE for route in routes.dictionary.to_pylist()], dtype=np.bool_)
    return np.asarray(is_export[routes.indices.to_numpy()])
