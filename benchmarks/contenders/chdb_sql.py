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
_NUMBERS = dict.fromkeys(INTEGERS.values(), "Int64") | dict.fromkeys(DECIMALS.values(), "Float64")
_TYPES = {name: f"Nullable({type_})" for name, type_ in _NUMBERS.items()}
_TYPES |= dict.fromkeys([*FEW_VALUES.values(), "logged_user_agent", "client_ip"], _FEW)
_STRUCTURE = ", ".join(f"{name} {_TYPES.get(name, _TEXT)}" for name in COLUMNS)


_TEXT_STRUCTURE = ", ".join(f"{name} {_TEXT if name in _NUMBERS else _TYPES.get(name, _TEXT)}" for name in COLUMNS)
_CASTS = ", ".join(f"accurateCastOrNull({name}, '{type_}') AS {name}" for name, type_ in _NUMBERS.items())
_TOLERANCE = (
    "input_format_tsv_allow_variable_number_of_columns = 1",
    "input_format_allow_errors_ratio = 1",
    "input_format_allow_errors_num = 1000000000",
)


def work_on_dirty(files: list[Path], out: Path) -> None:
    """Texts that are cast later, short lines padded, long ones cut, and lines that are still refused passed over."""
    work(files, out, tolerant=True)


def work(files: list[Path], out: Path, *, tolerant: bool = False) -> None:
    session = Session(str(out / "session"))
    for setting in (
        "max_threads = 2",
        "max_insert_threads = 2",
        "input_format_tsv_skip_first_lines = 2",
        "format_tsv_null_representation = '-'",
        "output_format_parquet_compression_method = 'zstd'",
        "output_format_parquet_string_as_string = 1",
        *(_TOLERANCE if tolerant else ()),
    ):
        session.query(f"SET {setting}")
    folder, agents = files[0].parent, out / "agents"
    replaced = f"* REPLACE ({_CASTS}, toValidUTF8(logged_user_agent) AS logged_user_agent)"
    wanted, structure = (replaced, _TEXT_STRUCTURE) if tolerant else ("*", _STRUCTURE)
    session.query("CREATE DATABASE work ENGINE = Atomic")
    session.query(
        f"CREATE TABLE work.requests ENGINE = Memory AS "
        f"SELECT {wanted} FROM file('{folder}/*.gz', TSVRaw, '{structure}')"
    )
    distinct = session.query(
        "SELECT DISTINCT logged_user_agent::Nullable(String) AS agent FROM work.requests", "ArrowTable"
    )
    pq.write_table(agent_table(distinct["agent"].combine_chunks().cast("string")), agents)
    # It does not make a file's name of null.
    hour = "formatDateTime(event_time, 'year=%Y/month=%m/day=%d/hour=%H')"
    hour = f"ifNull({hour}, 'no_hour')" if tolerant else hour
    stored = ", ".join([*STORED, *AGENT_COLUMNS])
    session.query(
        f"""INSERT INTO FUNCTION file('{out}/{{_partition_id}}/rows.parquet', Parquet)
            PARTITION BY {hour}
            SELECT parseDateTime64BestEffortOrNull(concat(date, ' ', time), 3, 'UTC') AS event_time, {stored}
            FROM work.requests ANY LEFT JOIN file('{agents}', Parquet) AS agents USING (logged_user_agent)"""
    )
    session.close()


if __name__ == "__main__":
    run(work, work_on_dirty)
