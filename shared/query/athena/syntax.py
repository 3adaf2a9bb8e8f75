"""Words and signs that Athena's SQL has not got, found before the text is parsed: the parser is kinder than Athena."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from sqlglot.tokenizer_core import Token, TokenType

from shared.errors import UsageError

_FOREIGN = MappingProxyType(
    {
        "::": "CAST(x AS type)",
        "->>": "json_extract_scalar(json, path)",
        "==": "=",
        "~": "regexp_like(text, pattern)",
        "^": "power(x, y) or bitwise_xor(x, y)",
        "&": "bitwise_and(x, y)",
        "|": "bitwise_or(x, y)",
        "{": "MAP(ARRAY[...], ARRAY[...]) or ROW(...)",
        "?": "the value itself",
        "@": "the value itself",
        ":": "the value itself",
        ":=": "the value itself",
        "<<": "bitwise_left_shift(x, y)",
        ">>": "bitwise_right_shift(x, y)",
        "ILIKE": "lower(x) LIKE ...",
        "RLIKE": "regexp_like(text, pattern)",
        "QUALIFY": "a subquery and WHERE",
        "SEMI": "WHERE x IN (SELECT ...)",
        "ANTI": "WHERE NOT EXISTS (SELECT ...)",
        "NATURAL": "JOIN ... USING (columns)",
        "ASOF": "a join on a row_number()",
        "PIVOT": "sum(...) FILTER (WHERE ...)",
        "UNPIVOT": "UNNEST",
    }
)
# In Athena, but with no equal here.
_ABSENT = MappingProxyType(
    {
        "TABLESAMPLE": "a condition on the partition keys",
        "MATCH_RECOGNIZE": "window functions",
    }
)
# A bracket behind one of these picks an element; elsewhere it would be DuckDB's list.
_BEFORE_BRACKET = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET})

_STATEMENTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "(", "SHOW", "DESCRIBE", "DESC"})
_BY = frozenset({TokenType.GROUP_BY, TokenType.ORDER_BY})
_LISTED = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.L_PAREN})
_DANGLING = frozenset({TokenType.COMMA, TokenType.FROM, TokenType.WHERE, TokenType.SELECT})
_ENDS = frozenset({TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY})


def check_syntax(tokens: Sequence[Token]) -> None:
    """UsageError for a statement that is no query, and for the first token that is not Athena's, or has no equal."""
    if tokens and tokens[0].text.upper() not in _STATEMENTS:
        raise UsageError(
            f"{tokens[0].text.upper()} is no query of the lake.",
            remedy="ask with SELECT, WITH, VALUES, SHOW TABLES, SHOW COLUMNS FROM or DESCRIBE; runs write the tables",
        )
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else None
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        word = token.text.upper()
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        if word in _FOREIGN and not _is_name(tokens, position):
            _refuse(f"{token.text} is not Athena's SQL", _FOREIGN[word], token)
        if word in _ABSENT:
            _refuse(f"{word} has no equal on this machine", _ABSENT[word], token)
        if word == "ALL" and before and before.token_type in _BY and not (after and after.token_type in _LISTED):
            _refuse(f"{before.text.upper()} ALL is not Athena's SQL", f"numbers: {before.text.upper()} 1, 2", token)
        if token.token_type is TokenType.SLASH and before and before.text == "/":
            _refuse("// is not Athena's SQL", "x / y, which truncates integers", token)
        if token.token_type in _DANGLING and (after is None or after.token_type in _ENDS):
            _refuse(f"Something is missing behind {token.text}", "it with something behind, or not at all", token)
        if token.token_type is TokenType.L_BRACKET and not _may_have_bracket(before):
            _refuse("A list in brackets is not Athena's SQL", "ARRAY[...]", token)
        if token.token_type is TokenType.FROM and (before is None or before.text == "("):
            _refuse("A query that begins with FROM is not Athena's SQL", "SELECT * FROM ...", token)
        if word.startswith("$"):
            _refuse(f"{token.text} is not Athena's SQL", "the value itself", token)


def column(token: Token) -> int:
    """The column, from 1, in which a token begins."""
    return token.col - (token.end - token.start)


def _is_name(tokens: Sequence[Token], position: int) -> bool:
    """Whether a word that could be a keyword stands for a column: behind a dot, or with an operator behind it."""
    return tokens[position].text.isalpha() and position > 0 and tokens[position - 1].text == "."


def _may_have_bracket(before: Token | None) -> bool:
    return before is not None and (before.token_type in _BEFORE_BRACKET or before.text.upper() == "ARRAY")


def _refuse(what: str, instead: str, token: Token) -> None:
    raise UsageError(
        f"{what} (line {token.line}, column {column(token)}).",
        remedy=f"use {instead}; or ask with `--dialect duckdb` in DuckDB's own SQL",
    )
