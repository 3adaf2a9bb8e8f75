"""The documentation page of the questions."""

from __future__ import annotations

from collections.abc import Iterable

from shared.query.questions.question import Parameter, Question

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

| question | |
|---|---|"""


def markdown(questions: Iterable[Question]) -> str:
    """The page: a list, then each question with what it answers and what can be set."""
    questions = list(questions)
    lines = [_HEAD, *(f"| [`{each.name}`](#{each.name}) | {each.title} |" for each in questions)]
    for each in questions:
        lines += ["", f"## {each.name}", "", f"**{each.title}.** {each.answers}"]
        if each.parameters:
            lines += ["", *map(_item, each.parameters)]
    return "\n".join(lines) + "\n"


def _item(parameter: Parameter) -> str:
    choices = ", ".join(f"`{choice}`" for choice in parameter.choices)
    default = f"one of {choices}" if choices else f"by default {parameter.default}"
    return f"- `{parameter.name}`: {parameter.meaning}; {default}"
