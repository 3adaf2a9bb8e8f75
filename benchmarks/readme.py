"""Put a table that a script made into its page, between its two marks, so that no number there is typed by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGES = (Path("README.md"), Path("docs/benchmarks.md"))


def insert(name: str, table: str, pages: Sequence[Path] = PAGES) -> None:
    """Replace what stands between `<!-- benchmark NAME -->` and `<!-- end -->`; ValueError where no page has both."""
    place = re.compile(rf"(<!-- benchmark {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    for page in pages:
        text = page.read_text()
        if place.search(text):
            page.write_text(place.sub(lambda found: f"{found[1]}{table}{found[2]}", text))
            return
    raise ValueError(f"{', '.join(map(str, pages))} have no place for the benchmark {name}")
