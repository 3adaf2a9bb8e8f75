"""What is asked: every question with its defaults, over part of the hours, and with each column to count apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from shared.query.questions import HourRange, Question, all_questions
from tests.query.answers import OF_INGESTION, OF_REQUESTS
from tests.query.answers.counting import Row
from tests.query.answers.requests import Truth

_ONE_HOUR = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1))
_OVER_MIDNIGHT = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1, 1))
_SMALLER = {"limit": "7", "min_bytes": "5000", "min_requests": "2"}


@dataclass(frozen=True)
class Case:
    """A question as it is asked."""

    question: Question
    hours: HourRange = field(default_factory=HourRange)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return self.question.sql(self.hours, self.settings)

    def __str__(self) -> str:
        settings = [f"{name}={value}" for name, value in self.settings.items()]
        hours = [] if self.hours == HourRange() else [f"{self.hours.start:%dT%H}..{self.hours.end:%dT%H}"]
        return " ".join([self.question.name, *hours, *settings])

    def expected(self, truth: Truth) -> list[Row]:
        """The answer by the raw lines."""
        name, hours = self.question.name, self.hours
        if name in OF_REQUESTS:
            settings = {key: int(value) if value.isdecimal() else value for key, value in self.settings.items()}
            return OF_REQUESTS[name](truth.within(hours.start, hours.end), **settings)
        rows = OF_INGESTION[name](truth)
        return rows if hours == HourRange() else [row for row in rows if hours.start <= row[0] < hours.end]


def _cases() -> Iterator[Case]:
    for question in all_questions():
        yield Case(question)
        settable = {parameter.name: parameter for parameter in question.parameters}
        if question.name in OF_REQUESTS:
            yield Case(question, _ONE_HOUR, {name: _SMALLER[name] for name in settable if name in _SMALLER})
        if ":hours" in question.text and question.name != "runs":
            yield Case(question, _OVER_MIDNIGHT)
        if question.name == "ingestion_quality":
            yield Case(question, _OVER_MIDNIGHT)
        if "by" in settable:
            for column in islice(settable["by"].choices, 1, None):
                yield Case(question, settings={"by": column})


CASES = tuple(_cases())
BRIEF = tuple(case for case in CASES if case.hours != _OVER_MIDNIGHT and "by" not in case.settings)
"""Enough for every run of all tests: all questions with their defaults, and over an hour."""
