"""How commands speak: tables for people, JSON for programs, errors that say what to do next."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from shared.errors import LoglakeError

P = ParamSpec("P")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fails_politely(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a LoglakeError into its message and exit code; Ctrl-C into one line."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LoglakeError as error:
            err.print(f"[bold red]error:[/] {_escaped(error.what)}")
            err.print(f"[bold]what to do:[/] {_escaped(error.remedy)}")
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            err.print("interrupted: what was committed stays, the rest is taken in by the next run")
            raise typer.Exit(130) from None

    return wrapped


def print_json(value: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
    """Print rows as a table; numbers stand right, thousands are grouped."""
    table = RichTable(title=title, title_justify="left", header_style="bold")
    for name in columns:
        is_number = any(isinstance(row.get(name), (int, float)) for row in rows)
        table.add_column(_escaped(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_escaped(_text(row.get(name))) for name in columns))
    out.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return value if isinstance(value, str) else str(_plain(value))


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")


def size(byte_count: float) -> str:
    """Bytes for people: `1.2 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if byte_count < 1000:
            return f"{byte_count:.0f} {unit}" if unit == "B" else f"{byte_count:.1f} {unit}"
        byte_count /= 1000
    return f"{byte_count:.1f} TB"


class Bar:
    """A progress bar for the engine's steps, on standard error; nothing where that is no terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("plan", total=None)

    def step(self, label: str, total: int) -> None:
        """A step of so many tasks begins."""
        self._progress.reset(self._task, description=label, total=total)

    def done(self, completed: int) -> None:
        """So many are done."""
        self._progress.update(self._task, completed=completed)


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """Show a bar while the block runs."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield Bar(progress)
