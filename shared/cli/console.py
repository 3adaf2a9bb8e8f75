"""The two consoles: results on standard output, all else on standard error."""

from __future__ import annotations

import errno
import os

from rich.console import Console


class _Output(Console):
    """Standard output, of which the end of its reader (`| head`) is for `fails_politely` to judge."""

    def on_broken_pipe(self) -> None:
        """Raise: rich would end the process with exit code 1."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


out = _Output(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line of a report; brackets in it are text, not markup."""
    out.print(text, markup=False)


def size(byte_count: float) -> str:
    """Bytes for people.

    >>> size(1_234_567)
    '1.2 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if byte_count < 1000:
            return f"{byte_count:.0f} {unit}" if unit == "B" else f"{byte_count:.1f} {unit}"
        byte_count /= 1000
    return f"{byte_count:.1f} TB"
