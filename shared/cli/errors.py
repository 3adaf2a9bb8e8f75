"""How a command fails: what happened, what to do about it, an exit code, and no traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer
from rich.text import Text

from shared.cli.console import err
from shared.errors import LoglakeError

P = ParamSpec("P")

INTERRUPTED = 130


def fails_politely(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a LoglakeError into its message and exit code; Ctrl-C into one line. Other errors are faults of ours."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LoglakeError as error:
            err.print(Text.assemble(("error:", "bold red"), f" {error.what}"))
            err.print(Text.assemble(("what to do:", "bold"), f" {error.remedy}"))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            err.print("interrupted; what a run had committed stays, the rest is taken in by the next run")
            raise typer.Exit(INTERRUPTED) from None

    return wrapped
