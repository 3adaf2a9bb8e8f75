"""What a run of these tests has shown, in numbers: printed at its end, and put into docs/benchmarks.md on demand.

python -m tests.e2e.report --readme puts the numbers of the last whole run between the page's marks for `e2e`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.readme import insert

if TYPE_CHECKING:
    from tests.e2e.conftest import Engines

_NOTES = "report.jsonl"
LAST_RUN = Path(__file__).parents[2] / "build" / "e2e-report.json"


def note(engines: Engines, what: str, count: int) -> None:
    """Add a number to the report of this run."""
    with (engines.folder / _NOTES).open("a") as notes:
        notes.write(json.dumps({"what": what, "count": count}) + "\n")


def noted(folder: Path) -> dict[str, int]:
    """What was noted, in that order; counts of one name together."""
    found: dict[str, int] = {}
    notes = folder / _NOTES
    for line in notes.read_text().splitlines() if notes.exists() else ():
        fact = json.loads(line)
        found[fact["what"]] = found.get(fact["what"], 0) + fact["count"]
    return found


def keep(facts: Mapping[str, int]) -> None:
    """Keep the numbers of a whole run for the page."""
    LAST_RUN.parent.mkdir(exist_ok=True)
    LAST_RUN.write_text(json.dumps(facts, indent=1) + "\n")


def table(facts: Mapping[str, int]) -> str:
    """The numbers as the page shows them."""
    return "".join(["| | |\n|---|---:|\n", *(f"| {what} | {count:,} |\n" for what, count in facts.items())])


if __name__ == "__main__":
    if sys.argv[1:] != ["--readme"] or not LAST_RUN.exists():
        raise SystemExit("run `make e2e`, then call this with --readme")
    insert("e2e", table(json.loads(LAST_RUN.read_text())))
