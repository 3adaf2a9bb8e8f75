"""Runs in processes of their own, which a test can kill, stop and hold at a step.

The processes are forked from a server that has imported everything once, so that one starts in a few milliseconds.
"""

from __future__ import annotations

import atexit
import fcntl
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.errors import LoglakeError
from shared.lake.lease import Lease
from shared.sources.cloudfront import SOURCE

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["__main__", "pandas", __name__])

STARTING = "starting"  # until the first step: the lease is asked for, perhaps watched
_PATIENCE_S = 60.0


class Terms(NamedTuple):
    """How long a lease lasts in a process, and how often it is renewed."""

    term_s: float
    renew_every_s: float


@dataclass
class RunProcess:
    """One run of the CloudFront source, started when this is made.

    hold_before         a step before which the run stands, its lease renewed, until `let_go`
    stop_after_confirm  the process stops itself (SIGSTOP) between this confirmation of its lease and what follows it
    """

    settings: RefineSettings
    terms: Terms
    hold_before: str | None = None
    stop_after_confirm: int = 0
    steps: list[str] = field(default_factory=list)
    error: str | None = None

    def __post_init__(self) -> None:
        self._pipe, child = _SERVER.Pipe()
        arguments = (self.settings, self.terms, self.hold_before, self.stop_after_confirm, child)
        self._process = _SERVER.Process(target=_run, args=arguments, daemon=True)
        self._process.start()
        atexit.register(self.send, signal.SIGKILL)  # one that stands still would keep the interpreter from ending
        child.close()

    @property
    def step(self) -> str:
        """The step that it is at, as far as it has told."""
        self._listen(0)
        return self.steps[-1] if self.steps else STARTING

    def reaches(self, step: str) -> bool:
        """Wait until the run is at this step or beyond it; False if it ends before."""
        deadline = time.monotonic() + _PATIENCE_S
        while step not in self.steps:
            if not self._listen(deadline - time.monotonic()):
                return False
        return True

    def let_go(self) -> None:
        """Let a held run go on."""
        self._pipe.send("go on")

    def is_ended_within(self, seconds: float) -> bool:
        """Wait so long, or until it has ended."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens if it has ended."""
        if self._process.pid is not None and self._process.exitcode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def stop(self, folder: Path) -> None:
        """Have the process stand still, but not with its hand on this folder of a lake: others would wait for it."""
        opened = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            self.send(signal.SIGSTOP)
            self.wait_stopped()
        finally:
            os.close(opened)

    def wait_stopped(self) -> None:
        """Wait until the process stands still."""
        deadline = time.monotonic() + _PATIENCE_S
        while _state(self._process.pid) != "T":
            assert time.monotonic() < deadline, "not stopped"
            time.sleep(0.005)

    def end(self) -> int:
        """Wait for its end; the exit code, or minus the signal that killed it."""
        self._process.join(_PATIENCE_S)
        if self._process.exitcode is None:
            self.send(signal.SIGKILL)
            raise AssertionError(f"still at {self.step!r}")
        while self._listen(0):
            pass
        self._pipe.close()
        return self._process.exitcode

    def _listen(self, timeout_s: float) -> bool:
        """Take one message of the process; False when there is none in time, or the process has ended."""
        try:
            if not self._pipe.poll(max(timeout_s, 0)):
                return False
            kind, text = self._pipe.recv()
        except (EOFError, OSError):
            return False
        if kind == "step":
            self.steps.append(text)
        else:
            self.error = text
        return True


def _state(pid: int | None) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _run(
    settings: RefineSettings, terms: Terms, hold_before: str | None, stop_after_confirm: int, pipe: Connection
) -> None:
    defaults = Lease.__init__.__kwdefaults__ or {}
    assert terms._asdict().keys() <= defaults.keys()
    defaults.update(terms._asdict())
    setattr(Lease, "confirm", _stopping_after(Lease.confirm, stop_after_confirm))  # noqa: B010 - for mypy

    def before_step(name: str) -> None:
        pipe.send(("step", name))
        if name == hold_before:
            pipe.recv()

    try:
        Refinery(SOURCE, settings, InlineExecutor(), before_step=before_step).refine()
    except LoglakeError as error:
        pipe.send(("error", str(error)))
        raise SystemExit(error.exit_code) from None
    except Exception:
        pipe.send(("error", traceback.format_exc()))
        raise


def _stopping_after(confirm: Callable[[Lease], None], count: int) -> Callable[[Lease], None]:
    calls = 0

    def stopping(lease: Lease) -> None:
        nonlocal calls
        confirm(lease)
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGSTOP)

    return stopping
