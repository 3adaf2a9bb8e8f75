"""Where tasks run: in this process, or on Spark's executors. Either way a task is a pure function of its item."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from shared.errors import LoglakeError, StorageError
from shared.interrupts import interruptible, interrupts_deferred

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

T = TypeVar("T")
R = TypeVar("R")


class Progress(Protocol):
    """Told how far a step is; the command line draws it, jobs ignore it."""

    def step(self, label: str, total: int) -> None:
        """A step of so many tasks begins."""

    def done(self, completed: int) -> None:
        """So many of its tasks are done."""


class Quiet:
    """Progress that nobody looks at."""

    def step(self, label: str, total: int) -> None:
        """Ignore."""

    def done(self, completed: int) -> None:
        """Ignore."""


class Executor(Protocol):
    """Runs a function over items; the results come back in the items' order."""

    @property
    def cores(self) -> int:
        """Tasks that run at the same time: what the plan sizes its groups for."""

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Run all. A LoglakeError of a task is raised here as it is, an OSError (a full disk) as a StorageError."""


class InlineExecutor:
    """Runs tasks one after another in this process: tests, the Lambda, very small batches."""

    cores = 1

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress or Quiet()

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Run all in order."""
        self._progress.step(label, len(items))
        results = []
        for number, item in enumerate(items, start=1):
            answer = Guarded(work)(item)
            if isinstance(answer, LoglakeError):
                raise answer
            results.append(answer)
            self._progress.done(number)
        return results


# A task of Spark costs more than a small partition. So many are enough that cores end at about the same time, also
# where a cluster has only begun to grow.
_TASKS_PER_CORE, _FEWEST_TASKS = 16, 256


class SparkExecutor:
    """Runs items as Spark tasks, each by itself unless there are many.

    Tasks write files under names fixed by the plan and return small facts, so a lost, retried or speculative task
    changes nothing.
    """

    def __init__(self, session: SparkSession, progress: Progress | None = None) -> None:
        self._session = session
        self._progress = progress or Quiet()

    @property
    def cores(self) -> int:
        """Spark's default parallelism."""
        with interrupts_deferred():
            return int(self._session.sparkContext.defaultParallelism)

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Run all. Ctrl-C cancels what runs."""
        if not items:
            return []
        context = self._session.sparkContext
        self._progress.step(label, len(items))
        group = f"loglake-{uuid.uuid4().hex}"
        tasks = min(len(items), max(_FEWEST_TASKS, _TASKS_PER_CORE * context.defaultParallelism))

        def answer_all() -> list[Any]:
            context.setJobGroup(group, label)
            return context.parallelize(items, tasks).map(Guarded(work)).collect()

        def cancel() -> None:
            # Under spark-submit the same Ctrl-C ended the JVM: this fails, and the job has failed with it.
            context.setLogLevel("OFF")  # what Spark says of tasks that it had to stop is no news
            context.cancelJobGroup(group)

        def tell() -> None:
            self._progress.done(_completed(context, group) * len(items) // tasks)

        answers = interruptible(answer_all, cancel, tell)
        self._progress.done(len(items))
        for answer in answers:
            if isinstance(answer, LoglakeError):
                raise answer
        return answers


def _completed(context: Any, group: str) -> int:
    """How many tasks of a job group are done."""
    tracker = context.statusTracker()
    completed = 0
    for job in tracker.getJobIdsForGroup(group):
        info = tracker.getJobInfo(job)
        stages = [tracker.getStageInfo(stage) for stage in (info.stageIds if info else ())]
        completed += sum(stage.numCompletedTasks for stage in stages if stage)
    return completed


class Guarded:
    """Hands an error that a user can mend back as a value: Spark would bury it under retries and a Java stack trace."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work

    def __call__(self, item: Any) -> Any:
        """The answer, or the error."""
        try:
            return self._work(item)
        except LoglakeError as error:
            return error
        except OSError as error:
            return StorageError(
                f"A task could not go on: {error}.",
                remedy="make room or mend the permissions of what it names, and run again: what was committed stays",
            )


_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of control groups, version 2: microseconds or "max", of a period


def local_cores() -> int:
    """Cores that this process may use: those that it is bound to, fewer where a container has a share of them."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text().split()
        return min(bound, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no control group, or no limit
        return bound
