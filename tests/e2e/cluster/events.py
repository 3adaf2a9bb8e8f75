"""What Spark's event log says of the tasks of a job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Attempt:
    """An attempt at a task, and how it ended: Success, ExceptionFailure, ExecutorLostFailure, TaskKilled."""

    stage: int
    task: int
    executor: str
    is_speculative: bool
    ended: str


def attempts(folder: Path) -> list[Attempt]:
    """All attempts of the one job whose events the folder holds, in the order in which they ended."""
    (log,) = folder.iterdir()
    events = (json.loads(line) for line in log.read_text().splitlines())
    return [_attempt(event) for event in events if event["Event"] == "SparkListenerTaskEnd"]


def _attempt(event: dict[str, Any]) -> Attempt:
    info = event["Task Info"]
    return Attempt(
        event["Stage ID"], info["Index"], info["Executor ID"], info["Speculative"], event["Task End Reason"]["Reason"]
    )
