"""Put a table that a script made into its page, between its two marks, so that no number there is typed by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGES = (Path("README.md"), Path("docs/benchmarks.md"))


def insert(name: str, text: str, pages: Sequence[Path] = PAGES) -> None:
    """Replace what stands between `<!-- benchmark NAME -->` and `<!-- end -->`; ValueError where no page has both."""
    page, found = _find(name, pages)
    whole = found.string
    page.write_text(f"{whole[: found.start('text')]}{text}{whole[found.end('text') :]}")


def measured(name: str, pages: Sequence[Path] = PAGES) -> str:
    """What stands between these two marks; ValueError where no page has both."""
    return _find(name, pages)[1]["text"]


def _find(name: str, pages: Sequence[Path]) -> tuple[Path, re.Match[str]]:
    place = re.compile(rf"<!-- benchmark {re.escape(name)} -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)
    for page in pages:
        if found := place.search(page.read_text()):
            return page, found
    raise ValueError(f"{', '.join(map(str, pages))} have no place for the benchmark {name}")


def tables(markdown: str) -> list[list[dict[str, str]]]:
    """The tables of a text, each as its rows by heading; bold numbers without their stars.

    >>> tables("| a | b |\\n|---|---:|\\n| x | **1,200** (3 4) |\\n")
    [[{'a': 'x', 'b': '1,200 (3 4)'}]]
    """
    found: list[list[dict[str, str]]] = []
    headings: list[str] | None = None
    for line in markdown.splitlines():
        cells = [cell.strip().replace("**", "") for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if not line.startswith("|"):
            headings = None
        elif headings is None:
            headings = cells
            found.append([])
        elif not set(line) <= set("|-: "):
            found[-1].append(dict(zip(headings, cells, strict=False)))
    return found


def number(cell: str) -> float:
    """The first number of a cell: `1,200 (3 4)` is 1200.0; ValueError where there is none."""
    if found := re.search(r"-?[0-9][0-9,]*(?:\.[0-9]+)?", cell):
        return float(found[0].replace(",", ""))
    raise ValueError(f"{cell!r} has no number")
