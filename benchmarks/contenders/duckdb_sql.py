"""DuckDB: the lines read once into a table, distinct user agents parsed and joined, one partitioned COPY."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.contenders.entry import run, tell
from benchmarks.contenders.layout import AGENT_COLUMNS, COLUMNS, DECIMALS, INTEGERS, STORED, agent_table

_TYPES = dict.fromkeys(INTEGERS.values(), "BIGINT") | dict.fromkeys(DECIMALS.values(), "DOUBLE")
_COLUMNS = ", ".join(f"'{name}': '{_TYPES.get(name, 'VARCHAR')}'" for name in COLUMNS)
_STAMP = "try_strptime(date || ' ' || time, '%Y-%m-%d %H:%M:%S')"
_TEXTS = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
_CASTS = ", ".join(f"TRY_CAST({name} AS {type_}) AS {name}" for name, type_ in _TYPES.items())


def work_on_dirty(files: list[Path], out: Path) -> None:
    """Texts that are cast later, short lines padded, long ones cut, and what is still refused kept in its own table."""
    work(files, out, tolerant=True)


def work(files: list[Path], out: Path, *, tolerant: bool = False) -> None:
    spill = out / "spill"
    connection = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": "6GB",
            "preserve_insertion_order": "false",
            "temp_directory": str(spill),
        }
    )
    target, columns, tolerance = "requests", _COLUMNS, "ignore_errors = true"
    if tolerant:
        # A table of its own: in one statement the casts are made by the reader, which rejects what they refuse.
        target, columns = "texts", _TEXTS
        tolerance = "store_rejects = true, null_padding = true, strict_mode = false"
    connection.execute(
        f"""CREATE TEMP TABLE {target} AS SELECT * FROM read_csv($files, columns = {{{columns}}}, delim = '\t',
            quote = '', escape = '', header = false, skip = 2, nullstr = '-', compression = 'gzip', auto_detect = false,
            {tolerance})""",
        {"files": [str(file) for file in files]},
    )
    if tolerant:
        connection.execute(f"CREATE TEMP VIEW requests AS SELECT * REPLACE ({_CASTS}) FROM texts")
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
    if tolerant:
        # A line of which it says several things counts once for each of them.
        told = "SELECT error_type::VARCHAR, count(DISTINCT (file_id, line)) FROM reject_errors GROUP BY ALL"
        tell(out, dict(connection.sql(told).fetchall()))
    connection.close()


if __name__ == "__main__":
    run(work, work_on_dirty)
