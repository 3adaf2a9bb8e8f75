"""The progress bar of a run, on standard error; nothing where that is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.cli.console import err


class Bar:
    """The engine's `Progress`, drawn."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._whole = progress.add_task("batches", total=None, visible=False)
        self._task = progress.add_task("plan", total=None)

    def step(self, label: str, total: int) -> None:
        """A step of so many tasks begins."""
        self._progress.reset(self._task, description=label, total=total)

    def done(self, completed: int) -> None:
        """So many are done."""
        self._progress.update(self._task, completed=completed)

    def whole(self, total: int) -> None:
        """The work consists of so many batches, which a second bar shows."""
        self._progress.update(self._whole, total=total, visible=total > 1)

    def batches_done(self, completed: int) -> None:
        """So many of them are committed."""
        self._progress.update(self._whole, completed=completed)


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
