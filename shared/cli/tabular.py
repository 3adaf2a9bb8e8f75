"""Tables for people: as wide as they need in a pipe, made to fit on a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from shared.cli.console import out
from shared.cli.values import readable

_FOLDED_AT_LEAST = 24


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None, *, grouped: bool = True
) -> None:
    """Print rows as a table; numbers stand right, with their thousands grouped or bare.

    In a pipe each row is one line. On a terminal a table that is too wide folds its widest column where that is enough,
    else each row becomes a list of its values.
    """
    cells = [[readable(row.get(name), grouped=grouped) for name in columns] for row in rows]
    numbers = [any(_is_number(row.get(name)) for row in rows) for name in columns]
    if title:
        out.print(escape(title), style="bold")
    _print(out, columns, cells, numbers)


def below(urls: Sequence[str]) -> tuple[str, list[str]]:
    """The folder that all URLs have in common, and each URL as seen from there.

    >>> below(["s3://example-logs/a/x.gz", "s3://example-logs/b/y.gz"])
    ('s3://example-logs/', ['a/x.gz', 'b/y.gz'])
    """
    common = os.path.commonprefix([url.rpartition("/")[0] + "/" for url in urls])  # noqa: RUF071 - URLs are no paths
    folder = common[: common.rfind("/") + 1]
    return folder, [url.removeprefix(folder) for url in urls]


def _print(console: Console, columns: Sequence[str], cells: list[list[str]], numbers: list[bool]) -> None:
    table = _table(columns, cells, numbers, folded=None)
    needed = console.measure(table, options=console.options.update(max_width=1_000_000)).maximum
    if not console.is_terminal:
        for line in console.render_lines(table, console.options.update(width=needed, max_width=needed), pad=False):
            console.file.write("".join(segment.text for segment in line).rstrip() + "\n")
        return
    if needed > console.width:
        widths = [max(len(row[at]) for row in (columns, *cells)) for at in range(len(columns))]
        widest = max(range(len(columns)), key=widths.__getitem__)
        if needed - widths[widest] + _FOLDED_AT_LEAST > console.width:
            _print_lists(console, columns, cells)
            return
        table = _table(columns, cells, numbers, folded=widest)
    console.print(table)


def _table(columns: Sequence[str], cells: list[list[str]], numbers: list[bool], *, folded: int | None) -> RichTable:
    table = RichTable(box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(columns):
        justify = "right" if numbers[at] else "left"
        table.add_column(escape(name), justify=justify, no_wrap=at != folded, overflow="fold")  # type: ignore[arg-type]
    for row in cells:
        table.add_row(*map(escape, row))
    return table


def _print_lists(console: Console, columns: Sequence[str], cells: list[list[str]]) -> None:
    width = max(map(len, columns))
    for row in cells:
        for name, value in zip(columns, row, strict=True):
            if value:
                console.print(f"[bold]{escape(name.ljust(width))}[/]  {escape(value)}")
        console.print()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
