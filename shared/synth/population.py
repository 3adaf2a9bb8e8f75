"""Populations of values that requests draw from, with the heavy tails of real traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Population:
    """Values of one kind, ready for the log, and how often each is drawn."""

    values: pa.StringArray
    cumulative: npt.NDArray[np.float64]

    @classmethod
    def of(cls, values: Iterable[str], weights: npt.ArrayLike | None = None) -> Population:
        """Values with weights, which need not add up to 1; without weights all are equally frequent."""
        array = pa.array(values, pa.string())
        cumulative = np.cumsum(np.ones(len(array)) if weights is None else np.asarray(weights, dtype=np.float64))
        return cls(array, cumulative / cumulative[-1])

    def draw(self, rng: np.random.Generator, count: int) -> Codes:
        """`count` independent indexes into `values`."""
        codes = np.searchsorted(self.cumulative, rng.random(count), side="right")
        return np.minimum(codes, len(self.values) - 1).astype(np.int32)


def zipf(count: int, shift: float, exponent: float) -> npt.NDArray[np.float64]:
    """Weights 1 / (rank + shift) ** exponent."""
    return np.asarray((np.arange(count, dtype=np.float64) + shift) ** -exponent)
