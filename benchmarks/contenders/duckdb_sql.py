"""DuckDB: the lines read once into a table, distinct user agents parsed and joined, one partitioned COPY."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.contenders.entry import run
from benchmarks.contenders.layout import AGENT_COLUMNS, COLUMNS, DECIMALS, INTEGERS, STORED, agent_table

_TYPES = dict.fromkeys(INTEGERS.values(), "BIGINT") | dict.fromkeys(DECIMALS.values(), "DOUBLE")
_COLUMNS = ", ".join(f"'{name}': '{_TYPES.get(name, 'VARCHAR')}'" for name in COLUMNS)
_STAMP = "try_strptime(date || ' ' || time, '%Y-%m-%d %H:%M:%S')"


def work(files: list[Path], out: Path) -> None:
    spill = out / "spill"
    connection = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": "6GB",
            "preserve_insertion_order": "false",
            "temp_directory": str(spill),
        }
    )
    connection.execute(
        f"""CREATE TEMP TABLE requests AS SELECT * FROM read_csv($files, columns = {{{_COLUMNS}}}, delim = '\t',
            quote = '', escape = '', header = false, skip = 2, nullstr = '-', compression = 'gzip', auto_detect = false,
            ignore_errors = true)""",
        {"files": [str(file) for file in files]},
    )
    distinct = connection.sql("SELECT DISTINCT logged_user_agent FROM requests").to_arrow_table()
    connection.register("agents", agent_table(distinct["logged_user_agent"].combine_chunks()))
    stored = ", ".join([*(f"requests.{name}" for name in STORED), *(f"agents.{name}" for name in AGENT_COLUMNS)])
    connection.execute(
        f"""COPY (
            SELECT event_time, {stored}, strftime(event_time, '%Y') AS year, strftime(event_time, '%m') AS month,
                strftime(event_time, '%d') AS day, strftime(event_time, '%H') AS hour
            FROM (SELECT *, {_STAMP} AS event_time FROM requests) requests LEFT JOIN agents USING (logged_user_agent)
        ) TO '{out}' (FORMAT parquet, PARTITION_BY (year, month, day, hour), COMPRESSION zstd, COMPRESSION_LEVEL 3,
            OVERWRITE_OR_IGNORE)"""
    )
    connection.close()


if __name__ == "__main__":
    run(work)
