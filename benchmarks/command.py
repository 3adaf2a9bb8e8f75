"""Calls of `loglake` in a fresh process, measured, with what they say of themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Measurement, measure

LOGLAKE = str(Path(sys.executable).with_name("loglake"))


@dataclass(frozen=True)
class Call:
    """A call that went well: what it cost, and its JSON."""

    cost: Measurement
    told: dict[str, Any]


def loglake(*words: object, log: Path, before: Sequence[str] = ()) -> Call:
    """Call the command with `--json`, behind the words of `before`; RuntimeError with what it said, if it fails."""
    cost = measure([*before, LOGLAKE, *map(str, words), "--json"], log)
    told = log.read_text()
    if cost.exit_code:
        raise RuntimeError(f"loglake {' '.join(map(str, words))}: exit code {cost.exit_code}\n{told[-2000:]}")
    return Call(cost, json.loads(told[told.index("{") : told.rindex("}") + 1]))
