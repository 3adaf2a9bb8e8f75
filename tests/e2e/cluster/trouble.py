"""What befalls a job at moments that are told by its requests: nothing in the job or on its machines is prepared.

`what` names the work that a request is a part of; None: it is of no concern.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psutil

from tests.e2e.cluster.standalone import Cluster
from tests.wire.message import Request

What = Callable[[Request], str | None]
_PATIENCE_S = 60.0


class Killing:
    """Kills, once, in the middle of some work: the task's process at its second request, or what `whom` makes of it."""

    def __init__(
        self, cluster: Cluster, what: What, whom: Callable[[psutil.Process], psutil.Process] = lambda task: task
    ) -> None:
        self._cluster, self._what, self._whom = cluster, what, whom
        self._guard = threading.Lock()
        self._begun = set[str]()
        self.killed = False

    def __call__(self, request: Request) -> None:
        work = self._what(request)
        if work is None:
            return
        with self._guard:
            if work in self._begun and not self.killed:
                self._whom(self._cluster.process_of(request.client_port)).kill()
                self.killed = True
            self._begun.add(work)


class Holding:
    """Holds the first request for some work until another one comes for the same: of a second attempt at the task."""

    def __init__(self, what: What) -> None:
        self._what = what
        self._guard = threading.Lock()
        self._held: str | None = None
        self._again = threading.Event()

    @property
    def was_asked_again(self) -> bool:
        """Whether the second one has come."""
        return self._again.is_set()

    def __call__(self, request: Request) -> None:
        work = self._what(request)
        if work is None:
            return
        with self._guard:
            is_first = self._held is None
            if is_first:
                self._held = work
        if is_first:
            self._again.wait(_PATIENCE_S)
        elif work == self._held:
            self._again.set()
