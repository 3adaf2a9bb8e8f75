"""Is the output right? A time counts only if rows and content agree with those of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shared.tables.vocabulary import USER_AGENT

CHECKED = [
    "request_id",
    "status",
    "bytes_sent",
    "user_agent",
    *(c.name for c in USER_AGENT if c.name != "ua_rules_version"),
]


@dataclass(frozen=True)
class Output:
    """What a contender wrote. `content` is an order-independent hash over event time, request and user agent."""

    rows: int
    content: str
    files: int
    size_mb: float


def examine(files: Sequence[Path], columns: Sequence[str] = CHECKED) -> Output:
    """Count and hash the rows of Parquet files by event time and these columns; NULL and the empty string are alike."""
    if not files:
        return Output(0, "", 0, 0.0)
    values = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in columns)
    with duckdb.connect() as connection:
        found = connection.sql(
            f"SELECT count(*), sum(hash(epoch_ms(event_time), {values})::HUGEINT) FROM read_parquet($files)",
            params={"files": [str(file) for file in files]},
        ).fetchall()
    [(rows, content)] = found
    return Output(rows, f"{content:x}", len(files), sum(file.stat().st_size for file in files) / 1e6)
