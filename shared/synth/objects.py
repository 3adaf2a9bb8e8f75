"""Writing objects into a folder, in one process or several, as a delivery would: with its names and its times."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from shared.synth.report import SampleReport

GZIP_LEVEL = 6
Progress = Callable[[int], None]
_Planned = TypeVar("_Planned")
Report = TypeVar("Report", bound=SampleReport)


@dataclass(frozen=True)
class SpecialObject(Generic[Report]):
    """Bytes under a key, with what a right reader counts for it."""

    key: str
    data: bytes
    report: Report


def hex_id(name: str, digits: int) -> str:
    """Hex digits (an even number of them), the same for the same name."""
    return hashlib.blake2b(name.encode(), digest_size=digits // 2).hexdigest()


def unique_id(seed: int, purpose: str, index: int, digits: int = 8) -> str:
    """Hex digits (an even number of them), fixed by seed, purpose and index."""
    return hex_id(f"{seed} {purpose} {index}", digits)


def for_each(
    write: Callable[[_Planned], Report],
    planned: Sequence[_Planned],
    *,
    nothing: Report,
    processes: int,
    progress: Progress | None,
) -> Report:
    """Write all planned objects and add up the reports on them, beginning with `nothing`."""

    def collect(reports: Iterable[Report]) -> Report:
        total = nothing
        for report in reports:
            total += report
            if progress:
                progress(report.records)
        return total

    if processes == 1 or len(planned) == 1:
        return collect(map(write, planned))
    # Spawned, because Arrow's threads do not survive a fork.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return collect(pool.map(write, planned, chunksize=max(1, len(planned) // (processes * 16))))


def store(out: Path, key: str, written: datetime, *, data: bytes) -> None:
    """Write an object as if it had been written at that time (naive UTC)."""
    path = out / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    seconds = written.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


def gzip_member(data: bytes, level: int = GZIP_LEVEL) -> bytes:
    """One gzip member with modification time 0 and no name, so that equal data gives equal bytes."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def with_wrong_checksum(member: bytes) -> bytes:
    """A gzip member that seems sound up to its end."""
    # The checksum is the four bytes before the length at the end of a gzip member.
    return member[:-8] + bytes([member[-8] ^ 0xFF]) + member[-7:]
