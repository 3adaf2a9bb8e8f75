"""Tasks in worker processes of this machine: what `loglake` uses, as one machine needs nobody to schedule for it.

On a cluster Spark does the same with the same tasks. A session of its own would cost a run on a laptop two seconds, a
Java and a few hundred megabytes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from shared.engine.executor import Guarded, Progress, Quiet
from shared.engine.worker_ready import without_pandas
from shared.errors import LoglakeError
from shared.interrupts import interrupts_deferred

T = TypeVar("T")
R = TypeVar("R")

_TEMPLATE: Final = "shared.engine.worker_template"
# Workers are forked from a process that is ready and has no threads, which a fork would tear apart.
_METHOD: Final = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def prepare_workers() -> None:
    """Begin to load what workers are forked from, if that has not begun; it goes on beside what the caller does."""
    if _METHOD == "forkserver":
        from multiprocessing import forkserver  # noqa: PLC0415 - not on Windows

        multiprocessing.set_forkserver_preload([_TEMPLATE])
        forkserver.ensure_running()


class ProcessExecutor:
    """Runs items in at most `cores` worker processes, which start at the first call; a context manager ends them.

    Workers that die (most likely for want of memory) are replaced by a single one, which takes the items again that
    have no answer yet; when that one dies, too, the call fails. Tasks write files of their own for each attempt.

    on_death  told that workers died and what is done about it
    """

    def __init__(
        self, cores: int, progress: Progress | None = None, on_death: Callable[[str], None] = lambda _what: None
    ) -> None:
        self._cores = cores
        self._progress = progress or Quiet()
        self._on_death = on_death
        self._pool: ProcessPoolExecutor | None = None

    @property
    def cores(self) -> int:
        """Worker processes at the most."""
        return self._cores

    def __enter__(self) -> Self:
        prepare_workers()
        without_pandas()  # this process is none of the workers, but makes arrays, too
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_workers()

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Run all. A task's error, or Ctrl-C, ends the workers and with them what else they do for the call."""
        self._progress.step(label, len(items))
        answers: dict[int, R] = {}
        try:
            self._run(work, items, answers, self._cores)
        except BrokenProcessPool:
            self._on_death(
                f"Worker processes died while they were to {label}, most likely for want of memory: going on with "
                "a single one. Fewer --cores need less."
            )
            self._go_on_with_one(label, work, items, answers)
        return [answers[at] for at in range(len(items))]

    def _go_on_with_one(self, label: str, work: Callable[[T], R], items: Sequence[T], answers: dict[int, R]) -> None:
        try:
            self._run(work, items, answers, 1)
        except BrokenProcessPool:
            raise LoglakeError(
                f"A worker process died while it was to {label}; most likely it was killed for want of memory.",
                remedy="give the machine more memory and run again; what was committed stays",
            ) from None
        self._end_workers()  # the next step may need less

    def _run(self, work: Callable[[T], R], items: Sequence[T], answers: dict[int, R], workers: int) -> None:
        """Fill in the answers that are not there yet. After an error nothing of the call is left running."""
        try:
            if self._pool is None:
                context = multiprocessing.get_context(_METHOD)
                self._pool = ProcessPoolExecutor(workers, context, _begin_worker)
            pending: dict[Future[Any], int] = {
                self._pool.submit(Guarded(work), item): at for at, item in enumerate(items) if at not in answers
            }
            while pending:
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    at, answer = pending.pop(future), future.result()
                    if isinstance(answer, LoglakeError):
                        raise answer
                    answers[at] = answer
                    self._progress.done(len(answers))
        except BaseException:
            with interrupts_deferred():
                self._end_workers()
            raise

    def _end_workers(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            for worker in list((pool._processes or {}).values()):  # from Python 3.14 on: kill_workers()
                worker.kill()
            pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if _METHOD == "spawn":
        import_module(_TEMPLATE)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - this is a worker
    parent.join()
    os._exit(1)
