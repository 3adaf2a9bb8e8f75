"""The work of `loglake ask` and `loglake questions`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from shared.cli.ask import print_result
from shared.cli.console import say
from shared.cli.named import existing_lake
from shared.cli.tabular import print_table
from shared.cli.values import print_json
from shared.errors import UsageError
from shared.query.duck import run_sql
from shared.query.questions import HourRange, Question, all_questions, question_named


def question(
    name: str,
    from_hour: str | None,
    to_hour: str | None,
    settings: Sequence[str],
    lake: str,
    catalog: str | None,
    format_: str,
) -> None:
    """Print the answer to a shipped question, with its title above where people read it."""
    asked = question_named(name)
    sql = asked.sql(_hours(from_hour, to_hour), _settings(settings))
    result = run_sql(existing_lake(lake, catalog), sql)
    if format_ == "table":
        say(asked.title)
    print_result(result, format_, rounds=True)


def show_sql(name: str, from_hour: str | None, to_hour: str | None, settings: Sequence[str]) -> None:
    """Print the SQL of a shipped question as Athena takes it."""
    sys.stdout.write(question_named(name).sql(_hours(from_hour, to_hour), _settings(settings)))


def questions(*, as_json: bool) -> None:
    """List the shipped questions."""
    if as_json:
        print_json([{key: value for key, value in asdict(each).items() if key != "text"} for each in all_questions()])
        return
    rows = [{"question": each.name, "title": each.title, "set": _settable(each)} for each in all_questions()]
    print_table(rows, ["question", "title", "set"])


def _settable(asked: Question) -> str:
    return " ".join(f"{parameter.name}={parameter.default}" for parameter in asked.parameters)


def _hours(start: str | None, end: str | None) -> HourRange:
    # Imported here: settings of runs bring the enrichment with them, which other questions need not wait for.
    from shared.engine.config import parse_hour  # noqa: PLC0415

    given: dict[str, datetime] = {}
    if start is not None:
        given["start"] = parse_hour(start, "--from")
    if end is not None:
        given["end"] = parse_hour(end, "--to")
    return HourRange(**given)


def _settings(given: Sequence[str]) -> dict[str, str]:
    settings = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text} names no value.", remedy="give name=value, e.g. --set limit=10")
        settings[name] = value
    return settings
