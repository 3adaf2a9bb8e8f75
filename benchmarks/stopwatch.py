"""Measuring the steps of a process from within: wall, CPU and peak memory of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Step(NamedTuple):
    """What a step took."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass
class Stopwatch:
    """Measures the steps of this process."""

    steps: list[Step] = field(default_factory=list)

    def time(self, name: str, step: Callable[[], Any]) -> Any:
        """Run the step and note what it took."""
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        started, started_cpu = time.perf_counter(), time.process_time()
        result = step()
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
        peak_kb = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        self.steps.append(Step(name, wall_s, cpu_s, int(peak_kb.split()[1]) / 1e3))
        return result
