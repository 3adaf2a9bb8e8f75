"""Draw a table of `benchmarks.run` as SVG: `python -m benchmarks.chart TABLE.md CHART.svg`.

Bars for the rows per CPU second of all that write rows. It is drawn without a library, for the README in the light and
in the dark.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.readme import number, tables

WIDTH, BAR, GAP, TOP = 760, 22, 10, 44
_NAMES, _VALUES = 160, 90
_SHOWN = "rows per CPU s"
_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.bar{fill:#8c959f}.ours{fill:#0969da}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#4493f8}}"
)


def chart_of(markdown: str) -> str:
    """The chart of a table of `benchmarks.run`."""
    heading = next(line for line in markdown.splitlines() if line.startswith("### "))
    rows = [row for row in tables(markdown)[0] if row.get("output")]  # who decompresses only has no rows to count
    speeds = {row["contender"]: number(row[_SHOWN]) for row in rows}
    return bar_chart(f"{_SHOWN}: {heading.partition(': ')[2]}", speeds, emphasized={"loglake", "loglake_on_spark"})


def bar_chart(title: str, values: Mapping[str, float], emphasized: Collection[str] = ()) -> str:
    """Horizontal bars from zero, the longest first, each with its value; the `emphasized` in a colour of their own."""
    ordered = sorted(values.items(), key=lambda item: -item[1])
    longest = max(values.values(), default=0) or 1
    height = TOP + len(ordered) * (BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="0" y="20">{escape(title)}</text>',
    ]
    for place, (name, value) in enumerate(ordered):
        y = TOP + place * (BAR + GAP)
        length = round(value / longest * (WIDTH - _NAMES - _VALUES), 1)
        kind = "ours" if name in emphasized else "bar"
        parts += [
            f'<text x="{_NAMES - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{_NAMES}" y="{y}" width="{length}" height="{BAR}" rx="3"/>',
            f'<text x="{_NAMES + length + 8}" y="{y + 16}">{value:,.0f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(chart_of(Path(sys.argv[1]).read_text()))
