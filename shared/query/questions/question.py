"""A question: the file that it is, and its SQL for a range of hours and settings.

A file begins with comments: the title, then what it answers, then its parameters, each with the default.

    -- Top URLs
    --
    -- The most requested paths, without their query strings.
    --
    -- :limit = 50  paths to list
    -- :by = country | asn  what to count apart

A number or a 'text' is replaced by another one; names are columns to choose from, of which the first is the default.
Beside its own parameters a question may use `:hours`, a predicate on the partition keys, and `:from` and `:to`, the
same range as times. What stands in texts and comments is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.errors import UsageError
from shared.query.questions.hours import HourRange

_PARAMETER = re.compile(r"-- :(?P<name>[a-z_]+) = (?P<default>.+?)  (?P<meaning>.+)")
_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|(?<![:\w]):(?P<name>[a-z_]+)")
_PARAMETERS = re.compile(r"(?:^--\n)?(?:^-- :.*\n)+", re.MULTILINE)
_NUMBER = re.compile(r"[0-9]{1,18}")
_TEXT = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Parameter:
    """What may be set in a question. `default` is SQL; `choices` are the columns to choose from, if it is one."""

    name: str
    default: str
    meaning: str
    choices: tuple[str, ...] = ()

    def as_sql(self, value: str) -> str:
        """A value as SQL; UsageError where it is none of this parameter."""
        if self.choices:
            if value in self.choices:
                return value
            remedy = f"choose one of {', '.join(self.choices)}"
        elif _TEXT.fullmatch(self.default):
            return "'" + value.replace("'", "''") + "'"
        else:
            if _NUMBER.fullmatch(value):
                return str(int(value))
            remedy = "give a whole number"
        raise UsageError(f"{self.name} cannot be {value!r}.", remedy=remedy)


@dataclass(frozen=True)
class Question:
    """A shipped question. `text` is its file."""

    name: str
    title: str
    answers: str
    parameters: tuple[Parameter, ...]
    text: str

    def sql(self, hours: HourRange | None = None, settings: Mapping[str, str] | None = None) -> str:
        """Athena's SQL of the question, for all hours and with the defaults unless others are given.

        UsageError for a setting that it has not, or a value that is none.
        """
        hours, settings = hours or HourRange(), settings or {}
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(settings.keys() - known.keys()):
            settable = f"it has {', '.join(known)}" if known else "it has nothing to set"
            raise UsageError(f"The question {self.name} has no {unknown[0]}.", remedy=f"{settable}, and hours")
        values = {"hours": hours.on_keys(), "from": _timestamp(hours.start), "to": _timestamp(hours.end)}
        for name, parameter in known.items():
            values[name] = parameter.as_sql(settings[name]) if name in settings else parameter.default
        text = _PARAMETERS.sub("", self.text)
        return _PLACEHOLDER.sub(lambda found: values[found["name"]] if found["name"] else found[0], text)


def read_question(name: str, text: str) -> Question:
    """The question that a file is."""
    title, *rest = _head(text)
    parameters = []
    while rest and (found := _PARAMETER.fullmatch(f"-- {rest[-1]}")):
        rest.pop()
        columns = tuple(found["default"].split(" | "))
        choices = columns if len(columns) > 1 else ()
        parameters.append(Parameter(found["name"], columns[0], found["meaning"], choices))
    return Question(name, title, " ".join(filter(None, rest)), tuple(reversed(parameters)), text)


def _head(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line[2:].strip()


def _timestamp(time: datetime) -> str:
    return f"TIMESTAMP '{time}'"
