"""What a run did, in numbers: totals, rates, and what the same work costs on Glue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.engine.run_log import BatchReport

_SUMMED = (
    "objects",
    "objects_damaged",
    "bytes_read",
    "text_bytes",
    "records",
    "rows",
    "duplicates",
    "rows_removed",
    "overlap",
    "conflicting",
    "quarantined",
    "ignored",
    "partitions",
    "bytes_written",
)


def summary(batches: Sequence[BatchReport]) -> dict[str, Any]:
    """The sums over batches, as plain values for logs and `--json`."""
    sums: dict[str, Any] = {name: sum(getattr(batch, name) for batch in batches) for name in _SUMMED}
    sums["batches"] = len(batches)
    sums["runs"] = [batch.run_id for batch in batches]
    sums["duration_s"] = round(sum(batch.duration_s for batch in batches), 3)
    sums["reasons"] = dict(sum((batch.reasons for batch in batches), Counter[str]()).most_common())
    return sums


@dataclass(frozen=True)
class GluePrice:
    """The list price that the estimate rests on (us-east-1, standard execution, as of 2026)."""

    dollars_per_dpu_hour: float = 0.44
    minimum_s: float = 60.0


def glue_cost_dollars(wall_s: float, dpus: int, price: GluePrice | None = None) -> float:
    """What a Glue run of that length on so many DPUs is billed: by the second, at least a minute.

    An estimate from the wall time here; S3 requests, storage and start-up are not in it.
    """
    price = price or GluePrice()
    return max(wall_s, price.minimum_s) / 3600 * dpus * price.dollars_per_dpu_hour
