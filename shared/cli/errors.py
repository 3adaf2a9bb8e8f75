"""How a command fails: what happened, what to do about it, an exit code, and no traceback."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer
from rich.text import Text

from shared.cli.console import err, out
from shared.errors import LoglakeError
from shared.interrupts import INTERRUPTED

P = ParamSpec("P")

_STDOUT = 1


def fails_politely(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a LoglakeError into its message and exit code, and Ctrl-C into one line.

    A reader of the output that has seen enough is no error at all. Other errors are faults of ours.
    """

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
            out.file.flush()
        except LoglakeError as error:
            err.print(Text.assemble(("error:", "bold red"), f" {error.what}"))
            err.print(Text.assemble(("what to do:", "bold"), f" {error.remedy}"))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            if not _reader_is_gone():
                raise
            # Whoever read the output has seen enough (`| head`); nothing may be flushed into the pipe at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
            raise typer.Exit from None
        except KeyboardInterrupt:
            err.print("interrupted; what was committed stays, the same command goes on with the rest")
            raise typer.Exit(INTERRUPTED) from None

    return wrapped


def _reader_is_gone() -> bool:
    """Whether nobody reads standard output any more: the broken pipe may be another one, within the work."""
    watched = select.poll()
    watched.register(_STDOUT, 0)
    return bool(watched.poll(0))
