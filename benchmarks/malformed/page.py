"""The table of contenders on malformed lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.contenders.catalogue import CONTENDERS
from benchmarks.datasets import DataSet
from benchmarks.malformed.compare import UNDAMAGED, Outcome
from benchmarks.malformed.truth import Truth
from benchmarks.report import host_line

_HEADINGS = (
    "contender", "ended", "wall s", "CPU s", "undamaged records lost", "damaged, but readable: lost",
    "bad lines that became rows", "rows with other values", "told of bad lines",
)  # fmt: skip
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Invalid)\b.*", re.MULTILINE)
_LONGEST_ERROR = 120


@dataclass(frozen=True)
class Tried:
    """A contender's runs. `error` is None where all ended well; `outcome` and `told` are of the last."""

    contender: str
    walls_s: Sequence[float]
    cpus_s: Sequence[float]
    error: str | None
    outcome: Outcome | None
    told: Mapping[str, int] | None


def error_in(log: str) -> str:
    """The first line of what ended a process: of a Python traceback the exception's, else the last that it said.

    >>> error_in("Traceback (most recent call last):\\n  x\\npyarrow.lib.ArrowInvalid: In CSV column #3\\n")
    'pyarrow.lib.ArrowInvalid: In CSV column #3'
    """
    said = [line for line in log.splitlines() if line.strip()]
    found = _ERROR.findall(log) or said or ["no word"]
    line = found[-1].strip().replace("|", "/")
    return line if len(line) <= _LONGEST_ERROR else f"{line[:_LONGEST_ERROR]}..."


def faults_of(outcome: Outcome, told: Mapping[str, Any], data: DataSet, truth: Truth) -> list[str]:
    """Where loglake was not exact: every line is a true row, in quarantine for its reason, or counted as ignored."""
    right: dict[str, object] = {
        "rows": data.rows,
        "reasons": truth.reasons,
        "ignored": truth.ignored,
        "records": data.rows + sum(truth.reasons.values()) + truth.ignored,
        "duplicates": 0,
    }
    faults = [f"{name} {told.get(name)} instead of {value}" for name, value in right.items() if told.get(name) != value]
    if outcome != Outcome(data.rows):
        faults.append(f"its rows are not the true ones: {outcome}")
    return faults


def markdown(data: DataSet, truth: Truth, tried: Sequence[Tried], host: Mapping[str, Any]) -> str:
    """A row for each contender, as they were given."""
    bad = sum(truth.reasons.values())
    lines = [
        f"### {data.name}: {data.rows + bad:,} records in {data.files} gzip files, {bad:,} of which no reader can use",
        "",
        host_line(dict(host)),
        "",
        f"| {' | '.join(_HEADINGS)} |",
        f"|{'---|' * len(_HEADINGS)}",
        *map(_row, tried),
        "",
        "Each run is a fresh process; medians, with all wall times in brackets. Rows are found by their request ids "
        "and held against what the generator has written. The peers were set to go on where they can:",
        "",
    ]
    set_to = {each.contender: CONTENDERS[each.contender].on_dirty for each in tried}
    return "\n".join([*lines, *(f"- `{name}`: {clause}." for name, clause in set_to.items() if clause), ""])


def _row(tried: Tried) -> str:
    walls = " ".join(f"{wall_s:.1f}" for wall_s in tried.walls_s)
    cells = [
        tried.contender,
        "yes" if tried.error is None else f"failed: `{tried.error}`",
        f"{median(tried.walls_s):.1f} ({walls})",
        f"{median(tried.cpus_s):.1f}",
        *_cells_of(tried.outcome),
        _kinds(tried.told) if tried.told else "nothing" if tried.outcome else "",
    ]
    return f"| {' | '.join(cells)} |"


def _cells_of(outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return [""] * 4
    bad = f"{outcome.bad:,}" + (f", of them {outcome.no_hour:,} in no hour" if outcome.no_hour else "")
    damaged = {kind: count for kind, count in outcome.lost.items() if kind != UNDAMAGED}
    return [f"{outcome.lost.get(UNDAMAGED, 0):,}", _kinds(damaged), bad, _kinds(outcome.other)]


def _kinds(counts: Mapping[str, int]) -> str:
    """The sum, and what it is of.

    >>> _kinds({"short": 1200, "long": 3})
    '1,203 (short 1,200, long 3)'
    """
    each = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,}" + (f" ({each})" if each else "")
