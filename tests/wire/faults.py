"""What can go wrong with a request, and which requests it happens to."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tests.wire.message import Request


class Fault(StrEnum):
    """One fault. Of those that are no answer, the name says whether the deed is done."""

    # S3 answers, and nothing is done
    SLOW_DOWN = "503 SlowDown"
    INTERNAL_ERROR = "500 InternalError"
    CONFLICT = "409 ConditionalRequestConflict"
    FORBIDDEN = "403 AccessDenied"
    DELETES_FAIL = "errors for keys of a DeleteObjects"
    # Glue answers, and nothing is done
    THROTTLED = "ThrottlingException"
    INTERNAL_SERVICE = "InternalServiceException"
    CONCURRENT = "ConcurrentModificationException"
    # Glue answers, and some of it is done
    SOME_FAIL = "errors for partitions of a batch"
    UNPROCESSED = "UnprocessedKeys"
    # the wire
    RESET_BEFORE = "reset before the request arrives"
    RESET_IN_REQUEST = "reset in the middle of the request's body"
    RESET_AFTER = "reset after the deed"
    RESET_IN_ANSWER = "reset in the middle of the answer's body"
    SHORT_ANSWER = "answer that ends early"
    NO_ANSWER = "no answer to a deed done"


_WIRE = (
    Fault.RESET_BEFORE,
    Fault.RESET_IN_REQUEST,
    Fault.RESET_AFTER,
    Fault.RESET_IN_ANSWER,
    Fault.SHORT_ANSWER,
    Fault.NO_ANSWER,
)
OF_S3 = (Fault.SLOW_DOWN, Fault.INTERNAL_ERROR, *_WIRE)
OF_GLUE = (Fault.THROTTLED, Fault.INTERNAL_SERVICE, Fault.CONCURRENT, *_WIRE)
_ALSO = {
    "conditional put": (Fault.CONFLICT,),
    "lease": (Fault.CONFLICT,),
    "deletes": (Fault.DELETES_FAIL,),
    "BatchCreatePartition": (Fault.SOME_FAIL,),
    "BatchUpdatePartition": (Fault.SOME_FAIL,),
    "BatchDeletePartition": (Fault.SOME_FAIL,),
    "BatchGetPartition": (Fault.UNPROCESSED,),
}


def faults_of(kind: str) -> tuple[Fault, ...]:
    """What can happen to requests of a kind (`Request.kind`)."""
    return (OF_GLUE if kind[0].isupper() else OF_S3) + _ALSO.get(kind, ())


class Schedule(Protocol):
    """Decides for each request, in the order in which they come, what happens to it."""

    def next_fault(self, request: Request) -> Fault | None:
        """The fault that meets this request, if any. Called from many threads."""


@dataclass(frozen=True)
class Strike:
    """A fault that meets some requests of a kind in a row. `nth` counts from 0."""

    kind: str
    fault: Fault
    nth: int = 0
    times: int = 1


class Strikes:
    """A schedule of strikes; of those that meet one request, the first counts."""

    def __init__(self, strikes: Sequence[Strike] = ()) -> None:
        self._strikes = strikes
        self._seen: Counter[str] = Counter()
        self._guard = threading.Lock()

    def next_fault(self, request: Request) -> Fault | None:
        kind = request.kind
        with self._guard:
            number = self._seen[kind]
            self._seen[kind] += 1
        met = (s for s in self._strikes if s.kind == kind and s.nth <= number < s.nth + s.times)
        return next((strike.fault for strike in met), None)


class Lasting:
    """A schedule in which one request fails, however often it is sent: the nth of those that are wanted."""

    def __init__(self, fault: Fault, is_wanted: Callable[[Request], bool], nth: int = 0) -> None:
        self._fault, self._is_wanted, self._left = fault, is_wanted, nth
        self._met: tuple[str, str] | None = None
        self._guard = threading.Lock()

    def next_fault(self, request: Request) -> Fault | None:
        this = (request.method, request.target)
        with self._guard:
            if self._met is None and self._is_wanted(request):
                self._met, self._left = (this if self._left == 0 else None), self._left - 1
            return self._fault if this == self._met else None


class ByRate:
    """A schedule in which each request meets a fault with a probability."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate, self._random = rate, random.Random(seed)
        self._guard = threading.Lock()

    def next_fault(self, request: Request) -> Fault | None:
        with self._guard:
            if self._random.random() >= self._rate:
                return None
            return self._random.choice(faults_of(request.kind))
