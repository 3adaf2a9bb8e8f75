"""The lowest limit: two processes that open the objects with ISA-L, and do nothing with them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from isal import igzip

from benchmarks.contenders.entry import run

PROCESSES = 2
COUNT = "bytes.txt"
"""What it writes: how many bytes of text there were."""


def work(files: list[Path], out: Path) -> None:
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        total = sum(pool.imap_unordered(_opened, files, chunksize=max(1, len(files) // 64)))
    (out / COUNT).write_text(str(total))


def _opened(file: Path) -> int:
    return len(igzip.decompress(file.read_bytes()))


if __name__ == "__main__":
    run(work)
