"""Write what is rendered from declarations and measured tables: `make generate`. A test fails while any is stale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks import sizing, sizing_page
from benchmarks.chart import chart_of
from benchmarks.readme import measured
from shared.query.questions import all_questions
from shared.query.questions import page as questions_page
from shared.query.tables import all_tables
from shared.tables.render import markdown

DOCS = Path(__file__).parent


def pages() -> Mapping[Path, str]:
    """The content of each generated page."""
    return {
        DOCS / "sizing.md": sizing_page.markdown(sizing.read_measured(), sizing.Assumptions()),
        DOCS / "tables.md": markdown(all_tables()),
        DOCS / "benchmarks.svg": chart_of(measured("3.6", [DOCS.parent / "README.md"])),
        DOCS / "questions.md": questions_page.markdown(all_questions(), all_tables()),
    }


if __name__ == "__main__":
    for path, content in pages().items():
        path.write_text(content)
