"""How requests to an origin end: statuses with what is sent, and their shares by who asks for what."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from shared.synth.population import Population


class Sent(IntEnum):
    """How much of the body is sent."""

    ALL = 0
    PART = 1
    NOTHING = 2


class Outcome(NamedTuple):
    """A status as logged; shares of a CDN's manifest and segment requests, of direct ones, and of those in a wave."""

    status: str
    sent: Sent
    cdn_manifest: float
    cdn_segment: float
    direct: float
    wave: float


OUTCOMES = (
    Outcome("200", Sent.ALL, 0.920, 0.955, 0.34, 0.04),
    Outcome("206", Sent.PART, 0.000, 0.008, 0.01, 0.00),
    Outcome("304", Sent.NOTHING, 0.050, 0.008, 0.01, 0.00),
    Outcome("403", Sent.NOTHING, 0.001, 0.001, 0.58, 0.95),
    Outcome("404", Sent.NOTHING, 0.010, 0.012, 0.03, 0.00),
    Outcome("429", Sent.NOTHING, 0.001, 0.001, 0.01, 0.01),
    Outcome("460", Sent.PART, 0.009, 0.009, 0.01, 0.00),
    Outcome("499", Sent.PART, 0.001, 0.001, 0.00, 0.00),
    Outcome("500", Sent.NOTHING, 0.002, 0.001, 0.00, 0.00),
    Outcome("503", Sent.NOTHING, 0.003, 0.002, 0.00, 0.00),
    Outcome("504", Sent.NOTHING, 0.001, 0.000, 0.00, 0.00),
    Outcome("-", Sent.NOTHING, 0.002, 0.002, 0.01, 0.00),
)
OUT_OF_WINDOW, CLIENT_GONE, NO_STATUS = ([outcome.status for outcome in OUTCOMES].index(s) for s in ("404", "460", "-"))
STATUSES = pa.array([outcome.status for outcome in OUTCOMES], pa.string())
ABORTED = np.array([outcome.status in ("460", "499", "-") for outcome in OUTCOMES])
NOT_MODIFIED = np.array([outcome.status == "304" for outcome in OUTCOMES])
SENT = np.array([outcome.sent for outcome in OUTCOMES])
STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
STATUS_CLASS = np.array(
    [4 if outcome.status == "-" else int(outcome.status[0]) - 2 for outcome in OUTCOMES], dtype=np.int32
)


def _drawn(name: str) -> Population:
    return Population.of([outcome.status for outcome in OUTCOMES], [getattr(outcome, name) for outcome in OUTCOMES])


CDN_MANIFEST, CDN_SEGMENT, DIRECT, WAVE = map(_drawn, ("cdn_manifest", "cdn_segment", "direct", "wave"))
