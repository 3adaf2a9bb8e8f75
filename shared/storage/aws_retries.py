"""Which failed requests are sent again, when, and how often.

botocore's own repeats share a budget: a few dozen of one process, and then every request that meets an error fails at
once. That protects a service from clients which serve somebody who waits. A batch that stops has all its work done
again, so here each request has its own attempts, and all that spares the service are long pauses of random length.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError, IncompleteReadError

_THROTTLED = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "BandwidthLimitExceeded",
    }
)
_PASSING = frozenset({"InternalError", "InternalServiceException", "RequestTimeout", "RequestTimeoutException"})
_PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})
_NO_ANSWER = (NoConnectionError, HTTPClientError)  # or half of one

FIRST_PAUSE_S = 0.1
FIRST_PAUSE_WHEN_THROTTLED_S = 1.0
LONGEST_PAUSE_S = 20.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request waits and how often it is sent before it counts as failed.

    connect_s  until the connection is there
    answer_s   until the first byte of the answer, and between two bytes
    attempts   in all, with `pause_s` between them
    """

    connect_s: float
    answer_s: float
    attempts: int


def pause(failed: int) -> None:
    """Wait after so many failed attempts at something that is not one request."""
    time.sleep(pause_s(failed))


def pause_s(failed: int, first_s: float | None = None) -> float:
    """How long to wait after so many failed attempts: a random time up to 0.1 s, 0.2 s, 0.4 s, ... 20 s.

    From nothing up ("full jitter"), so that many tasks which failed at once do not come back at once.
    """
    longest_s = min(LONGEST_PAUSE_S, (FIRST_PAUSE_S if first_s is None else first_s) * 2 ** (failed - 1))
    return random.uniform(0, longest_s)  # noqa: S311 - no secret


def repeats(patience: Patience) -> Callable[..., float | None]:
    """Make a handler of botocore's `needs-retry` event: the pause before the next attempt, None for no other.

    It raises IncompleteReadError when the answer to the last attempt is cut short.
    """

    def decide(
        attempts: int, operation: Any, response: Any = None, caught_exception: Any = None, **_: Any
    ) -> float | None:
        if response is not None and (lacking := _lacking(response[0], operation)):
            if attempts >= patience.attempts:
                raise lacking
            return pause_s(attempts)
        if attempts >= patience.attempts:
            return None
        if caught_exception is not None:
            return pause_s(attempts) if isinstance(caught_exception, _NO_ANSWER) else None
        http, parsed = response
        code = (parsed.get("Error") or {}).get("Code")
        if code in _THROTTLED:
            return pause_s(attempts, FIRST_PAUSE_WHEN_THROTTLED_S)
        return pause_s(attempts) if code in _PASSING or http.status_code in _PASSING_STATUSES else None

    return decide


def _lacking(http: Any, operation: Any) -> IncompleteReadError | None:
    """The error that an answer is shorter than it says.

    botocore takes half of a JSON answer for an empty one: a page of partitions that broke off would pass for a table
    without partitions, and a batch that failed for one that was done.
    """
    length = http.headers.get("Content-Length")
    is_body_read = http.status_code >= 300 or not operation.has_streaming_output
    if length is None or not is_body_read or operation.http.get("method") == "HEAD":
        return None
    if len(http.content) >= int(length):
        return None
    return IncompleteReadError(actual_bytes=len(http.content), expected_bytes=int(length))
