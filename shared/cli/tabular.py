"""Tables for people: as wide as they need in a pipe, made to fit on a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rich.cells import cell_len
from rich.table import Table as RichTable
from rich.text import Text

from shared.cli.console import out
from shared.cli.values import readable

_GAP = 2
_FOLDED_AT_LEAST = 24  # cells; narrower, a text is a tower of words


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None, *, grouped: bool = True
) -> None:
    """Print rows as a table; numbers stand right, with their thousands grouped or bare.

    In a pipe each row is one line. On a terminal a table that is too wide folds its widest column where that is enough,
    else each row becomes a list of its values.
    """
    cells = [[readable(row.get(name), grouped=grouped) for name in columns] for row in rows]
    numbers = [any(_is_number(row.get(name)) for row in rows) for name in columns]
    widths = [max(map(cell_len, (name, *(row[at] for row in cells)))) for at, name in enumerate(columns)]
    if title:
        out.print(Text(title, "bold"))
    needed = sum(widths) + _GAP * (len(columns) - 1)
    if not out.is_terminal or needed <= out.width:
        out.print(Text(_line(columns, widths, numbers), "bold"))
        for row in cells:
            out.file.write(_line(row, widths, numbers) + "\n")
        return
    widest = max(range(len(columns)), key=widths.__getitem__)
    if needed - widths[widest] + _FOLDED_AT_LEAST <= out.width:
        _print_folded(columns, cells, numbers, widest)
    else:
        _print_lists(columns, cells)


def below(urls: Sequence[str]) -> tuple[str, list[str]]:
    """The folder that all URLs have in common, and each URL as seen from there.

    >>> below(["s3://example-logs/a/x.gz", "s3://example-logs/b/y.gz"])
    ('s3://example-logs/', ['a/x.gz', 'b/y.gz'])
    """
    common = os.path.commonprefix([url.rpartition("/")[0] + "/" for url in urls])  # noqa: RUF071 - URLs are no paths
    folder = common[: common.rfind("/") + 1]
    return folder, [url.removeprefix(folder) for url in urls]


def _line(values: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    """One row by hand: rich takes minutes for the rows that a query may give."""
    padded = []
    for value, width, is_number in zip(values, widths, numbers, strict=True):
        blanks = " " * (width - cell_len(value))
        padded.append(blanks + value if is_number else value + blanks)
    return (" " * _GAP).join(padded).rstrip()


def _print_folded(columns: Sequence[str], cells: list[list[str]], numbers: list[bool], folded: int) -> None:
    table = RichTable(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for at, name in enumerate(columns):
        justify: Literal["left", "right"] = "right" if numbers[at] else "left"
        table.add_column(Text(name), justify=justify, no_wrap=at != folded, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)


def _print_lists(columns: Sequence[str], cells: list[list[str]]) -> None:
    width = max(map(len, columns)) + _GAP
    for row in cells:
        for name, value in zip(columns, row, strict=True):
            if value:
                out.print(Text.assemble((name.ljust(width), "bold"), value))
        out.print()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
