"""Points in time as numbers: what counts as one at all."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Millis = npt.NDArray[np.int64]

NO_TIME = np.iinfo(np.int64).min
"""Milliseconds since 1970 where there is no time."""

# The services began in 2008 and later: what lies far outside is no time, whatever it was meant to be.
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


def plausible(times: Millis) -> Millis:
    """The times, NO_TIME for those that lie far outside."""
    return np.where((times >= EARLIEST) & (times < LATEST), times, NO_TIME)
