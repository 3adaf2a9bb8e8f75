"""Athena's SQL as a tree: sqlglot's reading of Trino, in which every function keeps its name and its arguments.

sqlglot gives functions meanings of its own and writes them anew for the other dialect, mostly right. Here a function
is only ever what `functions.py` and the macros say of it, so it is left as it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import Token

from shared.errors import UsageError
from shared.query.athena.syntax import check_syntax

# Their arguments have a syntax of their own: CAST(a AS b), EXTRACT(HOUR FROM a), ...
_WITH_SYNTAX = ("CAST", "TRY_CAST", "EXTRACT", "LISTAGG", "POSITION", "SUBSTRING", "TRIM")


class AthenaSQL(Trino):
    """Reads Athena's SQL. Positions in arrays stay as written: macros count from 1 as Athena does."""

    INDEX_OFFSET = 0

    class Parser(TrinoParser):
        """Functions stay anonymous."""

        FUNCTIONS: ClassVar = {}
        # DECIMAL '1.50' has the scale that is written.
        TYPE_LITERAL_PARSERS: ClassVar[dict[exp.DType, Callable[..., exp.Expr]]] = {
            **TrinoParser.TYPE_LITERAL_PARSERS,
            exp.DType.DECIMAL: lambda _, this, __: exp.Literal.number(this.name),
        }
        FUNCTION_PARSERS: ClassVar = {name: TrinoParser.FUNCTION_PARSERS[name] for name in _WITH_SYNTAX}


class LocalSQL(DuckDB):
    """Writes DuckDB's SQL."""

    class Generator(DuckDBGenerator):
        """IGNORE NULLS stands inside the parentheses."""

        def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
            """The function with IGNORE NULLS as its last word."""
            function = expression.this
            arguments = ", ".join(self.sql(argument) for argument in function.expressions)
            return f"{function.this}({arguments} IGNORE NULLS)"


def parse(sql: str) -> exp.Expr | None:
    """The statement of a text; None for a text without one. UsageError for more than one, or wrong syntax."""
    try:
        words = tokens(sql)
        check_syntax(words)
        if words and words[0].text.upper() == "SHOW":
            return exp.Command(this="SHOW", expression=exp.Literal.string(" ".join(word.text for word in words[1:])))
        statements = [statement for statement in sqlglot.parse(sql, read=AthenaSQL) if statement is not None]
    except (ParseError, TokenError) as error:
        raise UsageError(
            f"The query is not Athena's SQL: {_explained(error)}",
            remedy="correct it there, or ask with `--dialect duckdb` if it is DuckDB's own SQL",
        ) from error
    if len(statements) > 1:
        raise UsageError("There are several statements.", remedy="ask one at a time, as in Athena")
    return statements[0] if statements else None


def tokens(sql: str) -> list[Token]:
    """The words and signs of a text, each with its place."""
    found: list[Token] = AthenaSQL().tokenize(sql)
    return found


def write(tree: exp.Expr) -> str:
    """A tree as DuckDB's SQL."""
    return tree.sql(dialect=LocalSQL, comments=False, unsupported_level=ErrorLevel.IGNORE)


def place(node: exp.Expr) -> str:
    """Where in the text a part of the tree is, as far as the parser kept it.

    >>> place(sqlglot.parse_one("SELECT 1,\\n f(2)", read=AthenaSQL).expressions[1])
    'line 2, column 2'
    """
    known = [part.meta for part in node.walk() if "line" in part.meta]
    if not known:
        return "in the query"
    first = min(known, key=lambda meta: meta["start"])
    return f"line {first['line']}, column {first['col'] - (first['end'] - first['start'])}"


def _explained(error: ParseError | TokenError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        what = "something is missing" if "Required keyword" in first["description"] else first["description"]
        return f"{what} at line {first['line']}, column {first['col']}, near {first['highlight']!r}"
    return str(error).partition("\n")[0]
