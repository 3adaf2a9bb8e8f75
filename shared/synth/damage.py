"""Damaged lines: which ones, how, and what a right reader makes of them. The ways are those of each source."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.reasons import BadReason, RowFlag


@dataclass(frozen=True)
class Kind:
    """One way to damage a line (without its newline) and its outcome: quarantined, flagged, ignored, or simply kept."""

    name: str
    damage: Callable[[bytes], bytes]
    reason: BadReason | None = None
    flag: RowFlag | None = None
    ignored: str | None = None

    @property
    def is_good(self) -> bool:
        """The line still becomes a row."""
        return self.reason is None and self.ignored is None


@dataclass(frozen=True)
class Damages:
    """Which lines of a piece are damaged, ascending, and how."""

    places: npt.NDArray[np.int64]
    kinds: tuple[Kind, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, kinds: Sequence[Kind], count: int, share: float) -> Damages:
        """Choose damaged lines among `count`; none where there are no kinds."""
        if not kinds or not share:
            return cls(np.array([], dtype=np.int64), ())
        places = np.flatnonzero(rng.random(count) < share)
        return cls(places, tuple(kinds[kind] for kind in rng.integers(0, len(kinds), len(places))))

    def among(self, rows: npt.NDArray[np.bool_]) -> Damages:
        """Those of some lines of the piece."""
        is_in = rows[self.places]
        return Damages(self.places[is_in], tuple(itertools.compress(self.kinds, is_in)))

    def is_good(self, count: int) -> npt.NDArray[np.bool_]:
        """Per line of the piece: does it become a row."""
        good = np.ones(count, dtype=bool)
        good[self.places] = [kind.is_good for kind in self.kinds]
        return good

    def counts(self, of: Callable[[Kind], str | None]) -> Counter[str]:
        """How many damaged lines have each value of an attribute."""
        return Counter(value for kind in self.kinds if (value := of(kind)) is not None)

    def apply(self, lines: pa.StringArray) -> bytes:
        """The text of the lines (each with its newline) with the damage done; undamaged stretches are copied whole."""
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
        text = memoryview(lines.buffers()[2])
        parts: list[bytes | memoryview] = []
        end = int(offsets[0])
        for place, kind in zip(self.places.tolist(), self.kinds, strict=True):
            start = int(offsets[place])
            parts.append(text[end:start])
            end = int(offsets[place + 1])
            parts += [kind.damage(bytes(text[start : end - 1])), b"\n"]
        parts.append(text[end : int(offsets[len(lines)])])
        return b"".join(parts)
