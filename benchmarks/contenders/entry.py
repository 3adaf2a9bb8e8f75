"""How a contender is called; apart from the columns, so that one that reads none need not import what they take."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def run(work: Callable[[list[Path], Path], None]) -> None:
    """Call the contender on the raw files of the command line, in order of name."""
    raw, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True)
    work(sorted(raw.rglob("*.gz")), out)
