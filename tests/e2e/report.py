"""What a run of these tests has shown, in numbers that are printed at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Engines

_NOTES = "report.jsonl"


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
