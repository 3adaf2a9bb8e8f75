"""Running contenders on malformed lines."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders.catalogue import Contender
from benchmarks.contenders.entry import TOLD
from benchmarks.datasets import DataSet
from benchmarks.malformed.compare import Outcome, compare
from benchmarks.malformed.page import Tried, error_in, faults_of, markdown
from benchmarks.malformed.truth import Truth, truth_of
from benchmarks.measure import Measurement, measure
from benchmarks.outputs import files_of


def against_truth(
    contenders: Sequence[Contender], data: DataSet, rounds: int, host: Mapping[str, Any]
) -> tuple[str, list[str]]:
    """The table, and where loglake was not exact in any round."""
    truth = truth_of(data)
    costs: dict[str, list[Measurement]] = {each.name: [] for each in contenders}
    errors: dict[str, str] = {}
    last: dict[str, tuple[Outcome | None, Mapping[str, int] | None]] = {}
    faults: list[str] = []
    for number in range(1, rounds + 1):
        for contender in contenders:
            name, out = contender.name, data.raw.parent / f"out-{contender.name}"
            log = data.raw.parent / f"{name}-{number}.log"
            shutil.rmtree(out, ignore_errors=True)
            command = contender.command_on_dirty(data.raw, out)
            cost = measure([*command, "--json"] if name == "loglake" else command, log)
            costs[name].append(cost)
            outcome, told = None, None
            if cost.exit_code:
                errors[name] = error_in(log.read_text(errors="replace"))
            elif contender.has_rows:
                outcome = compare(files_of(contender, out), truth.rows)
                told = _told(name, out, log)
            if name == "loglake":
                faults += _faults(outcome, log, data, truth)
            last[name] = outcome, told
            shutil.rmtree(out, ignore_errors=True)
            print(f"{name} {number}: {cost.wall_s:.1f} s, {outcome or errors.get(name, '')}", file=sys.stderr)
    tried = [
        Tried(name, [c.wall_s for c in each], [c.cpu_s for c in each], errors.get(name), *last[name])
        for name, each in costs.items()
    ]
    return markdown(data, truth, tried, host), faults


def _faults(outcome: Outcome | None, log: Path, data: DataSet, truth: Truth) -> list[str]:
    return ["it failed"] if outcome is None else faults_of(outcome, _json_of(log), data, truth)


def _told(name: str, out: Path, log: Path) -> Mapping[str, int] | None:
    """What the contender says of bad lines, as counts; None for nothing."""
    if name == "loglake":
        told: Mapping[str, int] = _json_of(log)["reasons"]
        return told
    file = out / TOLD
    return json.loads(file.read_text()) if file.exists() else None


def _json_of(log: Path) -> dict[str, Any]:
    text = log.read_text()
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found
