"""Random deliveries of raw objects: late rows, copies inside and across objects, replaced objects, bad lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.conftest import Workshop, v1_line, v1_object

_DELIVERED_S = 1_793_530_000  # some hours after the hours in the names


@dataclass
class Deliveries:
    """What a CDN might write into the raw folder of a workshop; equal seeds deliver the same."""

    workshop: Workshop
    random: Random
    names: int = 8
    delivered: int = 0
    kinds: set[str] = field(default_factory=set)

    def deliver(self) -> None:
        """One object, new or in place of a former version of it."""
        number = self.random.randrange(self.names)
        key = f"E1EXAMPLE00001.2026-11-01-{10 + number % 2}.{number:08x}.gz"
        self.kinds.add("replaced" if (self.workshop.raw / key).exists() else "new")
        self.delivered += 1
        lines = [self._line(number) for _ in range(self.random.randint(1, 5))]
        self.workshop.put(key, v1_object(*lines), modified_s=_DELIVERED_S + self.delivered)

    def _line(self, number: int) -> str:
        kind = self.random.choice(["own", "shared", "shared", "late", "without id", "bad"])
        self.kinds.add(kind)
        size = str(self.random.randint(1, 3))
        if kind == "bad":
            return f"not a line {self.delivered}\n"
        if kind == "without id":
            return v1_line("-", sc_bytes=size)
        if kind == "shared":  # the same few requests in all objects, now and then with other content
            chosen = self.random.randrange(5)
            return v1_line(f"shared-{chosen}", time=f"{10 + chosen % 2}:30:00", sc_bytes=size)
        hour = 7 if kind == "late" else 10 + number % 2
        return v1_line(f"{number}-{self.random.randrange(20)}", time=f"{hour:02d}:15:00", sc_bytes=size)
