"""Ctrl-C: the exit code, and how it is kept from cutting a call to Spark or DuckDB in two.

An answer of the JVM that nobody read would be taken for the answer to the next call, and PySpark's own handler makes
such a call in the middle of another. DuckDB, interrupted in the main thread, now and then goes on for ever.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

INTERRUPTED = 130  # what shells give a process that Ctrl-C ended

_POLL_S = 0.5


def end_as_by_ctrl_c() -> None:
    """Let SIGTERM, by which containers and services are stopped, end this process as Ctrl-C does.

    So leases are given back and workers end. Where Ctrl-C is ignored, SIGTERM stays what it is.
    """
    if callable(signal.getsignal(signal.SIGINT)):
        signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Hold a Ctrl-C back until the block has ended, for blocks of seconds at most.

    In other threads than the main one, which no signal
    reaches, and where Ctrl-C is ignored, nothing changes.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(former):
        yield
        return
    held_back: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _number, frame: held_back.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
        if held_back:
            former(signal.SIGINT, held_back[0])


def interruptible(
    work: Callable[[], T], cancel: Callable[[], object], meanwhile: Callable[[], object] = lambda: None
) -> T:
    """Do long work in a thread of its own, which no Ctrl-C reaches; a Ctrl-C here cancels it and is raised then.

    cancel     asked again until the work has ended: it may only be beginning, with nothing to cancel yet; may fail
    meanwhile  called twice a second
    """
    with ThreadPoolExecutor(1, "interruptible") as thread:
        job = thread.submit(work)
        try:
            while not wait([job], _POLL_S).done:
                with interrupts_deferred():
                    meanwhile()
        except KeyboardInterrupt:
            with interrupts_deferred():
                while not job.done():
                    with suppress(Exception):
                        cancel()
                    wait([job], _POLL_S)
            raise
    return job.result()
