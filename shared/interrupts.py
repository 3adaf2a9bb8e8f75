"""Ctrl-C: the exit code, and how it is kept from cutting a call to the JVM in two.

An answer of the JVM that nobody read would be taken for the answer to the next call, and PySpark's own handler makes
such a call in the middle of another.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # what shells give a process that Ctrl-C ended


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
