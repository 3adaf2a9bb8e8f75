from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import DOCS, pages


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_generated_pages_are_fresh(path: Path) -> None:
    assert path.read_text() == pages()[path], "run: make generate"


def test_every_column_says_what_it_means() -> None:
    rows = [line for line in (DOCS / "tables.md").read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 80
    assert all(len(line.split("|")[4].strip()) >= len("A phone.") for line in rows)
