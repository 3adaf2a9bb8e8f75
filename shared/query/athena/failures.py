"""What DuckDB says of a translated query that fails, told of the query that was asked."""

from __future__ import annotations

import re

from shared.query.athena.dialect import tokens
from shared.query.athena.macros import PREFIX
from shared.query.athena.syntax import column

_CHECKED = re.compile(r"Could not convert string 'athena: (?P<message>.*)' to INT32", re.DOTALL)
# What helps only with DuckDB's own SQL: its names of functions, of types and of settings.
_ADVICE = re.compile(
    r"( in expression \(.*)?\. Use TRY\(.*| You might need to add.*| Candidate (functions|macros):.*| Did you mean .*"
)
_QUOTED = re.compile(r"""\"(\w+)\"|name (\w+) |number (\S+) stands|text '(.*)' stands""")


def explained(message: str, sql: str) -> str:
    """The message in one line: without the translated text, with the place of the first name that it quotes.

    >>> explained('Binder Error: Referenced column "nope" not found in FROM clause!\\n\\nLINE 1: ...', "SELECT nope")
    'Binder Error: Referenced column "nope" not found in FROM clause! (line 1, column 8)'
    """
    if checked := _CHECKED.search(message):
        return checked["message"] + _place(checked["message"], sql)
    told = " ".join(message.partition("\n\nLINE ")[0].split())
    told = _ADVICE.sub("", told)
    told = re.sub(rf"\b{PREFIX}(?:to_|of_)?", "", told, flags=re.IGNORECASE)
    return told + _place(told, sql)


def _place(told: str, sql: str) -> str:
    quoted = {part.lower() for found in _QUOTED.findall(told) for part in found if part}
    for token in tokens(sql):
        if token.text.lower() in quoted:
            return f" (line {token.line}, column {column(token)})"
    return ""
