"""The limit: two processes, each ISA-L gunzip, pyarrow.csv and Parquet; nothing in between but the user agents.

What loglake would take if sessions, checks and publishing cost nothing.
"""

from __future__ import annotations

import multiprocessing
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from isal import igzip
from pyarrow import csv

from benchmarks.contenders.entry import run
from benchmarks.contenders.layout import (
    AGENT_COLUMNS,
    COLUMNS,
    DECIMALS,
    FEW_VALUES,
    INTEGERS,
    STORED,
    USER_AGENT_MAX_LENGTH,
)
from shared.enrich.user_agent import user_agent_columns
from shared.text import decode_user_agents

PROCESSES = 2
GROUP_BYTES = 24 << 20
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_DICTIONARIES = [*FEW_VALUES.values(), "logged_user_agent", "client_ip"]
_TYPES = dict.fromkeys(_DICTIONARIES, _DICTIONARY) | dict.fromkeys(INTEGERS.values(), pa.int64())
_TYPES |= dict.fromkeys(DECIMALS.values(), pa.float64())
_REPEATED = [name for name in (*STORED, *AGENT_COLUMNS) if name != "request_id"]
_CONVERT = csv.ConvertOptions(
    column_types={name: _TYPES.get(name, pa.string()) for name in COLUMNS}, null_values=["-"], strings_can_be_null=True
)
_PARSE = csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False)
_READ = csv.ReadOptions(column_names=COLUMNS, skip_rows=2, use_threads=False, block_size=8 << 20)


def work_on_dirty(files: list[Path], out: Path) -> None:
    """Lines with another number of fields are skipped; for values that cannot be converted it has no option."""
    _PARSE.invalid_row_handler = lambda _: "skip"  # before the fork, so that the workers have it
    work(files, out)


def groups_of(files: list[Path]) -> list[list[Path]]:
    """Files that are read and written together."""
    groups: list[list[Path]] = []
    size = GROUP_BYTES
    for file in files:
        size += file.stat().st_size
        if size > GROUP_BYTES:
            groups.append([])
            size = file.stat().st_size
        groups[-1].append(file)
    return groups


def work(files: list[Path], out: Path) -> None:
    # Forked before Arrow has started a thread: the workers need not import everything again.
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        for _ in pool.imap_unordered(partial(write_group, out), enumerate(groups_of(files))):
            pass


def write_group(out: Path, numbered: tuple[int, list[Path]]) -> None:
    """A group, and its number, to a file for each hour."""
    number, files = numbered
    rows = pa.concat_tables([_read(file) for file in files]).unify_dictionaries().combine_chunks()
    hours = pc.floor_temporal(rows["event_time"], unit="hour")
    seconds = hours.cast(pa.int64()).combine_chunks().to_numpy() // 1000
    order = np.argsort(seconds, kind="stable")
    bounds = [0, *(np.flatnonzero(np.diff(seconds[order])) + 1).tolist(), len(order)]
    for start, end in pairwise(bounds):
        hour = hours[int(order[start])].as_py()
        folder = out / f"year={hour:%Y}/month={hour:%m}/day={hour:%d}/hour={hour:%H}"
        folder.mkdir(parents=True, exist_ok=True)
        part = rows.take(pa.array(order[start:end]))
        pq.write_table(
            part, folder / f"{number}.parquet", compression="zstd", compression_level=3, use_dictionary=_REPEATED
        )


def _read(file: Path) -> pa.Table:
    text = igzip.decompress(file.read_bytes())
    rows = csv.read_csv(pa.BufferReader(text), read_options=_READ, parse_options=_PARSE, convert_options=_CONVERT)
    stamps = pc.binary_join_element_wise(rows["date"], rows["time"], " ")
    agents = decode_user_agents(rows["logged_user_agent"].unify_dictionaries().combine_chunks())
    parsed = user_agent_columns(agents, max_length=USER_AGENT_MAX_LENGTH)
    columns = {"event_time": stamps.cast(pa.timestamp("ms")), **{name: rows[name] for name in STORED}}
    return pa.table(columns | {name: agents if name == "user_agent" else parsed[name] for name in AGENT_COLUMNS})


if __name__ == "__main__":
    run(work, work_on_dirty)
