"""What is asked: every question with its defaults, over part of the hours, and with each column to count apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from shared.query.questions import HourRange, Question, all_questions
from tests.query.answers import OF_EGRESS, OF_INGESTION, OF_INGRESS, OF_REQUESTS
from tests.query.answers.counting import Row
from tests.query.answers.origin_records import EGRESS, INGRESS, OriginTruth
from tests.query.answers.requests import Truth

_ONE_HOUR = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1))
_OVER_MIDNIGHT = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1, 1))
_SMALLER = {
    **{"limit": "7", "min_bytes": "5000", "min_requests": "2"},
    **{"every": "minute", "status": "404", "percent": "101", "seconds": "45"},
}


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
        """The answer by CloudFront's raw lines."""
        name, hours = self.question.name, self.hours
        if name in OF_REQUESTS:
            return OF_REQUESTS[name](truth.within(hours.start, hours.end), **self._settings)
        rows = OF_INGESTION[name](truth)
        return rows if hours == HourRange() else [row for row in rows if hours.start <= row[0] < hours.end]

    def expected_of_origin(self, truth: OriginTruth) -> list[Row]:
        """The answer by MediaPackage's raw records."""
        name, hours = self.question.name, self.hours
        if name in OF_EGRESS:
            return OF_EGRESS[name](truth.within(EGRESS, hours.start, hours.end), **self._settings)
        return OF_INGRESS[name](truth.within(INGRESS, hours.start, hours.end), **self._settings)

    @property
    def _settings(self) -> dict[str, Any]:
        return {name: int(value) if value.isdecimal() else value for name, value in self.settings.items()}


def _cases(names: Collection[str]) -> Iterator[Case]:
    for question in (each for each in all_questions() if each.name in names):
        yield Case(question)
        settable = {parameter.name: parameter for parameter in question.parameters}
        if question.name not in OF_INGESTION:
            yield Case(question, _ONE_HOUR, {name: _SMALLER[name] for name in settable if name in _SMALLER})
        if ":hours" in question.text and question.name != "runs":
            yield Case(question, _OVER_MIDNIGHT)
        if question.name == "ingestion_quality":
            yield Case(question, _OVER_MIDNIGHT)
        if "by" in settable:
            for column in islice(settable["by"].choices, 1, None):
                yield Case(question, settings={"by": column})


def _brief(cases: Iterable[Case]) -> tuple[Case, ...]:
    return tuple(case for case in cases if case.hours != _OVER_MIDNIGHT and "by" not in case.settings)


CASES = tuple(_cases({**OF_REQUESTS, **OF_INGESTION}))
ORIGIN_CASES = tuple(_cases({**OF_EGRESS, **OF_INGRESS}))
BRIEF, ORIGIN_BRIEF = _brief(CASES), _brief(ORIGIN_CASES)
"""Enough for every run of all tests: all questions with their defaults, and over an hour."""
