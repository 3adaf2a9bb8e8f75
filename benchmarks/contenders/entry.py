"""How a contender is called; apart from the columns, so that one that reads none need not import what they take."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Work = Callable[[list[Path], Path], None]
ON_DIRTY = "--dirty"
"""The word behind the folders that asks for what the contender's documentation advises for malformed lines."""

TOLD = "told.json"


def run(work: Work, on_dirty: Work | None = None) -> None:
    """Call the contender on the raw files of the command line, in order of name."""
    raw, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True)
    chosen = on_dirty if on_dirty and ON_DIRTY in sys.argv[3:] else work
    chosen(sorted(raw.rglob("*.gz")), out)


def tell(out: Path, lines: Mapping[str, int]) -> None:
    """Leave word of malformed lines: how many of them the contender names, by what it says of them."""
    (out / TOLD).write_text(json.dumps(lines))
