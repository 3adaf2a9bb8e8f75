"""Running a command in a fresh process and measuring all of its tree: wall, CPU seconds, peak memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_EVERY_S = 0.2  # more often would take CPU from what is measured
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measurement:
    """What a run cost.

    cpu_s        user + system of the whole tree: the greater of the kernel's account, which lacks children whose parent
                 ignored their end (Spark's Python workers), and the sampled sum, which lacks the last moments
    jvm_cpu_s    the part of processes named java, sampled
    peak_mb      of the largest single process of the kind, resident: the command's own (parent), the largest of its
                 children that is no JVM (worker), the larger of these two (python), the largest JVM
    tree_peak_mb sum over the tree; memory that processes share counts once for each
    """

    exit_code: int
    wall_s: float
    cpu_s: float
    jvm_cpu_s: float
    python_peak_mb: float
    jvm_peak_mb: float
    tree_peak_mb: float
    parent_peak_mb: float = 0.0
    worker_peak_mb: float = 0.0


class _Sampler(threading.Thread):
    """Watches a process tree until `stopped` is set, so that the main thread can wait for its exact end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.cpu_s: dict[int, float] = {}  # by process
        self.jvms: set[int] = set()
        self.parent_peak = self.worker_peak = self.jvm_peak = self.tree_peak = 0
        self._root = psutil.Process(pid)

    def run(self) -> None:
        while not self.stopped.wait(_SAMPLE_EVERY_S):
            try:
                self._take([self._root, *self._root.children(recursive=True)])
            except psutil.NoSuchProcess:
                return

    def _take(self, processes: list[psutil.Process]) -> None:
        total = 0
        for process in processes:
            try:
                with process.oneshot():
                    resident, name, times = process.memory_info().rss, process.name(), process.cpu_times()
            except psutil.Error:
                continue
            total += resident
            self.cpu_s[process.pid] = times.user + times.system
            if name == "java":
                self.jvms.add(process.pid)
                self.jvm_peak = max(self.jvm_peak, resident)
            elif process is self._root:
                self.parent_peak = max(self.parent_peak, resident)
            else:
                self.worker_peak = max(self.worker_peak, resident)
        self.tree_peak = max(self.tree_peak, total)


def measure(command: Sequence[str], log: Path) -> Measurement:
    """Run the command to its end, output into `log`.

    Orphans of the tree are handed to this process, so that their CPU is counted; those that outlive the command by more
    than moments are ended.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ours = {child.pid for child in psutil.Process().children()}
    os.sync()  # the writes of the run before are not this one's
    before = _children_cpu_s()
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        sampler = _Sampler(process.pid)
        sampler.start()
        exit_code = process.wait()
        wall_s = time.perf_counter() - started
    sampler.stopped.set()
    sampler.join()
    _reap_orphans(ours)
    return Measurement(
        exit_code=exit_code,
        wall_s=wall_s,
        cpu_s=max(_children_cpu_s() - before, sum(sampler.cpu_s.values())),
        jvm_cpu_s=sum(sampler.cpu_s[pid] for pid in sampler.jvms),
        python_peak_mb=max(sampler.parent_peak, sampler.worker_peak) / 1e6,
        jvm_peak_mb=sampler.jvm_peak / 1e6,
        tree_peak_mb=sampler.tree_peak / 1e6,
        parent_peak_mb=sampler.parent_peak / 1e6,
        worker_peak_mb=sampler.worker_peak / 1e6,
    )


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _reap_orphans(ours: Collection[int], patience_s: float = 3.0) -> None:
    end = time.monotonic() + patience_s
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            orphans = [child for child in psutil.Process().children() if child.pid not in ours]
            if not orphans:
                return
            if time.monotonic() > end:
                for orphan in orphans:
                    orphan.send_signal(signal.SIGKILL)
            time.sleep(0.02)
