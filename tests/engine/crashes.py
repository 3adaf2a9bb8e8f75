"""Runs that die before a step, and a small raw folder in which much can go wrong."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import Workshop, v1_line, v1_object

KEY = "E1EXAMPLE00001.2026-11-01-{hour}.{uid}.gz"


class CrashError(Exception):
    """The process dies here."""


def crash_before(step: str) -> Callable[[str], None]:
    def before_step(name: str) -> None:
        if name == step:
            raise CrashError(step)

    return before_step


def fill(workshop: Workshop) -> None:
    """Three objects over two hours with duplicates inside and across, a late row and a bad line."""
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a"), v1_line("b"), v1_line("b"), "not a line\n"))
    workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("c", time="11:05:00"), v1_line("a")))
    workshop.put(KEY.format(hour=11, uid="c3"), v1_object(v1_line("-"), v1_line("-"), v1_line("d", time="11:59:59")))
