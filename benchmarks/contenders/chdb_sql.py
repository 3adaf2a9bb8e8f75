"""ClickHouse in the process (chdb): the rows read once into memory, user agents joined, one partitioned insert."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from chdb.session import Session

from benchmarks.contenders.entry import run
from benchmarks.contenders.layout import (
    AGENT_COLUMNS,
    COLUMNS,
    DECIMALS,
    FEW_VALUES,
    INTEGERS,
    STORED,
    agent_table,
)

_TEXT, _FEW = "Nullable(String)", "LowCardinality(Nullable(String))"
_TYPES = dict.fromkeys(INTEGERS.values(), "Nullable(Int64)") | dict.fromkeys(DECIMALS.values(), "Nullable(Float64)")
_TYPES |= dict.fromkeys([*FEW_VALUES.values(), "logged_user_agent", "client_ip"], _FEW)
_STRUCTURE = ", ".join(f"{name} {_TYPES.get(name, _TEXT)}" for name in COLUMNS)


def work(files: list[Path], out: Path) -> None:
    session = Session(str(out / "session"))
    for setting in (
        "max_threads = 2",
        "max_insert_threads = 2",
        "input_format_tsv_skip_first_lines = 2",
        "format_tsv_null_representation = '-'",
        "output_format_parquet_compression_method = 'zstd'",
        "output_format_parquet_string_as_string = 1",
    ):
        session.query(f"SET {setting}")
    folder, agents = files[0].parent, out / "agents"
    session.query("CREATE DATABASE work ENGINE = Atomic")
    session.query(
        f"CREATE TABLE work.requests ENGINE = Memory AS SELECT * FROM file('{folder}/*.gz', TSVRaw, '{_STRUCTURE}')"
    )
    distinct = session.query(
        "SELECT DISTINCT logged_user_agent::Nullable(String) AS agent FROM work.requests", "ArrowTable"
    )
    pq.write_table(agent_table(distinct["agent"].combine_chunks().cast("string")), agents)
    stored = ", ".join([*STORED, *AGENT_COLUMNS])
    session.query(
        f"""INSERT INTO FUNCTION file('{out}/{{_partition_id}}/rows.parquet', Parquet)
            PARTITION BY formatDateTime(event_time, 'year=%Y/month=%m/day=%d/hour=%H')
            SELECT parseDateTime64BestEffortOrNull(concat(date, ' ', time), 3, 'UTC') AS event_time, {stored}
            FROM work.requests ANY LEFT JOIN file('{agents}', Parquet) AS agents USING (logged_user_agent)"""
    )
    session.close()


if __name__ == "__main__":
    run(work)
