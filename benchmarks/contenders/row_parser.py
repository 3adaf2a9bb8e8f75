"""A row at a time in plain Python, as a Lambda function does it: gunzip, cut, decode, `user_agents.parse`, Parquet.

The columns of the client (kind, name, operator) are loglake's own and not in it.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import user_agents

from benchmarks.contenders.entry import run, tell
from benchmarks.contenders.layout import COLUMNS, DECIMALS, INTEGERS

_NUMBERS = dict.fromkeys(INTEGERS.values(), int) | dict.fromkeys(DECIMALS.values(), float)


def work_on_dirty(files: list[Path], out: Path) -> None:
    """As such functions do it: a line that fails is passed over and counted, other bytes are replaced."""
    refused: list[str] = []
    work(files, out, refused)
    tell(out, {"failed": len(refused)})


def work(files: list[Path], out: Path, refused: list[str] | None = None) -> None:
    """Lines that fail go to `refused`; without it they end the work."""
    for number, file in enumerate(files):
        hours: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
        with gzip.open(file, "rt", encoding="utf-8", errors="strict" if refused is None else "replace") as lines:
            for line in lines:
                if line.startswith("#"):
                    continue
                try:
                    row = _row(line.rstrip("\n").split("\t"))
                except ValueError:
                    if refused is None:
                        raise
                    refused.append(line)
                    continue
                hours[row["event_time"].replace(minute=0, second=0)].append(row)
        for hour, rows in hours.items():
            folder = out / f"year={hour:%Y}/month={hour:%m}/day={hour:%d}/hour={hour:%H}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), folder / f"{number}.parquet", compression="zstd")


def _row(values: list[str]) -> dict[str, Any]:
    fields = {name: None if value == "-" else value for name, value in zip(COLUMNS, values, strict=True)}
    agent = fields.pop("logged_user_agent")
    time = datetime.fromisoformat(f"{fields.pop('date')} {fields.pop('time')}").replace(tzinfo=UTC)
    row: dict[str, Any] = {"event_time": time, **fields}
    for name, number in _NUMBERS.items():
        value = fields[name]
        row[name] = None if value is None else number(value)
    return row | _agent(unquote(agent) if agent else "")


def _agent(text: str) -> dict[str, Any]:
    parsed = user_agents.parse(text)
    columns = {
        "browser_family": parsed.browser.family,
        "browser_version": parsed.browser.version_string,
        "os_family": parsed.os.family,
        "os_version": parsed.os.version_string,
        "device_family": parsed.device.family,
        "device_brand": parsed.device.brand,
        "device_model": parsed.device.model,
        "is_mobile": parsed.is_mobile,
        "is_tablet": parsed.is_tablet,
        "is_pc": parsed.is_pc,
        "is_touch_capable": parsed.is_touch_capable,
        "is_bot": parsed.is_bot,
    }
    return {"user_agent": text, **columns} if text else dict.fromkeys(["user_agent", *columns])


if __name__ == "__main__":
    run(work, work_on_dirty)
