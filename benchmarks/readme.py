"""Put a benchmark's table into README.md, between its two marks, so that no number there is typed by hand."""

from __future__ import annotations

import re
from pathlib import Path

README = Path("README.md")


def insert(name: str, table: str, readme: Path = README) -> None:
    """Replace what stands between `<!-- benchmark NAME -->` and `<!-- end -->`; ValueError where neither is there."""
    text = readme.read_text()
    place = re.compile(rf"(<!-- benchmark {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{readme} has no place for the benchmark {name}")
    readme.write_text(place.sub(lambda found: f"{found[1]}{table}{found[2]}", text))
