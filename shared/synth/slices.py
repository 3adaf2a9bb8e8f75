"""Slices of time that objects cover, and how many rows each gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from shared.synth.order import SampleOrder

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Slice:
    """Part of an hour that requests fall into: seconds `first` to `end` (exclusive) after `hour` (naive UTC)."""

    hour: datetime
    first: int
    end: int

    @property
    def hour_s(self) -> int:
        """Start of the hour, seconds since 1970."""
        return seconds_since_1970(self.hour)


def seconds_since_1970(moment: datetime) -> int:
    """Of naive UTC."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def weights_by_hour(order: SampleOrder) -> npt.NDArray[np.float64]:
    """How busy each hour of a sample is, in relation to the others: evenings are."""
    if not order.diurnal:
        return np.ones(order.hours)
    clock = (np.arange(order.hours) + order.first_hour.hour) % 24
    return np.asarray(1 + 0.5 * np.cos((clock - 20) / 24 * 2 * np.pi))


def apportioned(total: int, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Whole numbers in relation to the weights, of the same shape, that add up to the total exactly."""
    shares = np.cumsum(weights.ravel()) / weights.sum()
    ends = np.rint(shares * total).astype(np.int64)
    return np.asarray(np.diff(ends, prepend=0).reshape(weights.shape))
