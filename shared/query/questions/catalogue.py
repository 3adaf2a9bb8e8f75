"""All questions that are shipped."""

from __future__ import annotations

from functools import cache
from importlib import resources

from shared.errors import UsageError
from shared.query.questions.question import Question, read_question

_SUFFIX = ".sql"


@cache
def all_questions() -> tuple[Question, ...]:
    """The questions by name."""
    files = resources.files(__package__).iterdir()
    texts = {file.name: file.read_text("utf-8") for file in files if file.name.endswith(_SUFFIX)}
    return tuple(read_question(name.removesuffix(_SUFFIX), texts[name]) for name in sorted(texts))


def question_named(name: str) -> Question:
    """The question of that name; UsageError that says how to find the names."""
    for question in all_questions():
        if question.name == name:
            return question
    raise UsageError(f"There is no question {name!r}.", remedy="`loglake questions` lists them")
