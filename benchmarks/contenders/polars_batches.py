"""polars: batches of files, its own gzip and csv readers, user agents by join, one file per hour and batch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.contenders.entry import run
from benchmarks.contenders.layout import AGENT_COLUMNS, COLUMNS, DECIMALS, INTEGERS, STORED, agent_table

FILES_PER_BATCH = 6
_TYPES: dict[str, Any] = dict.fromkeys(INTEGERS.values(), pl.Int64) | dict.fromkeys(DECIMALS.values(), pl.Float64)
_SCHEMA = {name: _TYPES.get(name, pl.String) for name in COLUMNS}
_PARTITION = ["year", "month", "day", "hour"]


# By its own messages and the documentation of `scan_csv`: for long and short lines, and bytes that are no UTF-8.
TOLERANT: dict[str, Any] = {
    "truncate_ragged_lines": True,
    "extra_columns": "ignore",
    "missing_columns": "insert",
    "encoding": "utf8-lossy",
}


def work(files: list[Path], out: Path, **reading: Any) -> None:
    agents: pl.DataFrame | None = None
    size = max(FILES_PER_BATCH, len(files) // 64)
    for number, start in enumerate(range(0, len(files), size)):
        rows = _read(files[start : start + size], reading)
        agents = _with_agents_of(rows, agents)
        event_time = (pl.col("date") + " " + pl.col("time")).str.to_datetime(
            "%Y-%m-%d %H:%M:%S", time_unit="ms", strict=False
        )
        rows = rows.join(agents, on="logged_user_agent", how="left").with_columns(event_time.alias("event_time"))
        rows = rows.select("event_time", *STORED, *AGENT_COLUMNS, *_partition())
        for key, part in rows.partition_by(_PARTITION, as_dict=True, include_key=False).items():
            folder = out.joinpath(*(f"{name}={value}" for name, value in zip(_PARTITION, key, strict=True)))
            folder.mkdir(parents=True, exist_ok=True)
            part.write_parquet(folder / f"{number}.parquet", compression="zstd", compression_level=3)


def _read(files: list[Path], reading: dict[str, Any]) -> pl.DataFrame:
    return pl.scan_csv(
        files,
        separator="\t",
        has_header=False,
        schema=_SCHEMA,
        comment_prefix="#",
        quote_char=None,
        null_values="-",
        ignore_errors=True,
        **reading,
    ).collect()


def _with_agents_of(rows: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    distinct = rows.select(pl.col("logged_user_agent").unique()).drop_nulls()
    if known is not None:
        distinct = distinct.join(known, on="logged_user_agent", how="anti")
    new = pl.DataFrame(agent_table(distinct["logged_user_agent"].to_arrow().cast("string")))
    return new if known is None else pl.concat([known, new])


def _partition() -> list[pl.Expr]:
    formats = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H"}
    return [pl.col("event_time").dt.to_string(format_).alias(name) for name, format_ in formats.items()]


if __name__ == "__main__":
    run(work, partial(work, **TOLERANT))
