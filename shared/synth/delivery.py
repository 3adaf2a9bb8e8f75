"""The deliveries of a sample into a folder, the same for every source: the first, and the late one of the day after.

What is in an object, and where it lies, is left to the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from shared.synth.objects import Progress, Report, SpecialObject, for_each, store
from shared.synth.order import SampleOrder

_LATE_EVERY = 3  # every third object gets a late one
_AGAIN_EVERY = 10  # every tenth is delivered again as a whole
_DAY = timedelta(days=1)
_SPECIAL_AFTER = timedelta(minutes=20)  # behind the last hour


class PlannedObject(Protocol):
    """An object of the first delivery. `copies` is how often it is delivered again, under other names."""

    @property
    def copies(self) -> int: ...  # noqa: D102

    def place(
        self, order: Any, purpose: str, *, copy: int = 0, after: timedelta = timedelta(0)
    ) -> tuple[str, datetime]:
        """Key of what is delivered for a purpose, unique for each, and when it is written (naive UTC)."""


Order = TypeVar("Order", bound=SampleOrder)
Planned = TypeVar("Planned", bound=PlannedObject)
Pack = Callable[[Order, Planned], tuple[bytes, Report]]
"""Makes the bytes of an object, and the report on it."""


def deliver(
    out: Path,
    order: Order,
    planned: Sequence[Planned],
    pack: Pack[Order, Planned, Report],
    *,
    specials: Iterable[SpecialObject[Report]],
    nothing: Report,
    progress: Progress | None,
) -> Report:
    """Write all planned objects, then those that lie beside them; `nothing` is the report to add to."""
    write = partial(_write_first, out, order, pack)
    report = for_each(write, planned, nothing=nothing, processes=order.processes, progress=progress)
    written = order.first_hour + timedelta(hours=order.hours) + _SPECIAL_AFTER
    for special in specials:
        store(out, special.key, written, data=special.data)
        report += special.report
    return report


def deliver_late(
    out: Path,
    order: Order,
    planned: Sequence[Planned],
    pack: Pack[Order, Planned, Report],
    *,
    may_be_late: Sequence[Planned],
    pack_late: Pack[Order, Planned, Report],
    nothing: Report,
    progress: Progress | None,
) -> Report:
    """Write what comes a day later: late objects beside some of `may_be_late`, and some planned ones once more."""
    each = partial(for_each, nothing=nothing, processes=order.processes, progress=progress)
    late: Report = each(partial(_write_late, out, order, pack_late), may_be_late[::_LATE_EVERY])
    again: Report = each(partial(_write_again, out, order, pack), planned[1::_AGAIN_EVERY])
    return late + again


def _write_first(out: Path, order: Order, pack: Pack[Order, Planned, Report], planned: Planned) -> Report:
    data, report = pack(order, planned)
    total = report
    for copy in range(planned.copies + 1):
        store(out, *planned.place(order, f"object {copy}", copy=copy), data=data)
        if copy:
            total += report.as_repeated()
    return total


def _write_late(out: Path, order: Order, pack: Pack[Order, Planned, Report], planned: Planned) -> Report:
    data, report = pack(order, planned)
    store(out, *planned.place(order, "late", after=_DAY), data=data)
    return report


def _write_again(out: Path, order: Order, pack: Pack[Order, Planned, Report], planned: Planned) -> Report:
    data, report = pack(order, planned)
    store(out, *planned.place(order, "again", after=_DAY), data=data)
    return report.as_repeated()
