"""The documentation page of the questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.query.questions.question import Parameter, Question
from shared.tables import Table

_HEAD = """# Questions

Rendered from `shared/query/questions/` by `make generate`; do not edit.

```sh
loglake questions                                                     # this list
loglake ask top_urls --lake lake                                      # all hours
loglake ask top_urls --lake lake --from 2026-11-01 --to 2026-11-02 --set limit=10
loglake ask latency --set by=country --from 2026-11-01T10 --show-sql  # Athena's SQL, to paste
```

Each question is a file of Athena's SQL. `--from` and `--to` become a predicate on the partition keys, so only files
of these hours (UTC) are opened. All answers are exact, also distinct counts and percentiles.
"""


def markdown(questions: Iterable[Question], tables: Iterable[Table]) -> str:
    """The page: for each table that is asked a list, then each question with what it answers and what can be set."""
    questions = list(questions)
    asked = {table: [each for each in questions if f"FROM {table.name}\n" in each.text] for table in tables}
    lines = [_HEAD]
    for table, of_table in asked.items():
        if of_table:
            lines += [f"Of `{table.name}`:", "", "| question | |", "|---|---|"]
            lines += [*(f"| [`{each.name}`](#{each.name}) | {each.title} |" for each in of_table), ""]
    return "\n".join([*lines, *(line for of_table in asked.values() for each in of_table for line in _section(each))])


def _section(question: Question) -> Iterator[str]:
    yield from (f"## {question.name}", "", f"**{question.title}.** {question.answers}", "")
    if question.parameters:
        yield from (*map(_item, question.parameters), "")


def _item(parameter: Parameter) -> str:
    choices = ", ".join(f"`{choice}`" for choice in parameter.choices)
    default = f"one of {choices}" if choices else f"by default {parameter.default}"
    return f"- `{parameter.name}`: {parameter.meaning}; {default}"
