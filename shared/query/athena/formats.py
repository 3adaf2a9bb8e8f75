"""Formats within strings: of times as MySQL and Joda write them, of regular expressions' replacements, of numbers.

They are translated with the query, so they must stand in it as literals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.calls import call, native
from shared.query.athena.dialect import place

_MYSQL = {
    **{letter: f"%{letter}" for letter in "abdHIjmpSYy%"},
    **{"c": "%-m", "e": "%-d", "h": "%I", "i": "%M", "k": "%-H", "l": "%-I", "M": "%B", "s": "%S", "W": "%A"},
    **{"r": "%I:%M:%S %p", "T": "%H:%M:%S", "f": "%f", "v": "%V", "x": "%G"},
}
_JODA = {
    **{"yyyy": "%Y", "YYYY": "%Y", "y": "%-Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B"},
    **{"dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M"},
    **{"ss": "%S", "s": "%-S", "SSS": "%g", "EEE": "%a", "E": "%a", "EEEE": "%A", "a": "%p", "DDD": "%j"},
    **{"xxxx": "%G", "ww": "%V", "e": "%u", "y": "%Y"},
}
_NUMBER = re.compile(r"%(?P<flags>[-0,+ ]*)(?P<width>\d*)(?P<precision>\.\d+)?(?P<kind>[a-zA-Z%])")


def mysql_format(text: str) -> str | None:
    """DuckDB's format for one of date_format's; None where a letter has no equal.

    >>> mysql_format("%Y-%m-%d %H:%i")
    '%Y-%m-%d %H:%M'
    >>> mysql_format("%U") is None
    True
    """
    parts = re.findall(r"%(.?)|([^%]+)", text, re.DOTALL)
    if any(not plain and letter not in _MYSQL for letter, plain in parts):
        return None
    return "".join(plain or _MYSQL[letter] for letter, plain in parts)


def joda_format(text: str) -> str | None:
    """DuckDB's format for one of format_datetime's; None where a letter has no equal.

    >>> joda_format("yyyy-MM-dd'T'HH:mm:ss.SSS")
    '%Y-%m-%dT%H:%M:%S.%g'
    >>> joda_format("G") is None
    True
    """
    parts = re.findall(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)", text)
    made = []
    for quoted, letters, _, plain in parts:
        if letters and letters not in _JODA:
            return None
        literal = (quoted.replace("''", "'") or plain).replace("%", "%%")
        made.append(_JODA[letters] if letters else literal or "'")
    return "".join(made)


def _time(macro: str, reader: Callable[[str], str | None]) -> Callable[[exp.Anonymous], exp.Expr]:
    def made(node: exp.Anonymous) -> exp.Expr:
        value, format_ = node.expressions
        translated = reader(_literal(format_, node))
        if translated is None:
            raise _refusal(f"The format {format_.name!r} of {node.name}", node)
        return call(macro, value, exp.Literal.string(translated))

    return made


def _regexp_replace(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 3:
        text = _literal(node.expressions[2], node)
        if re.search(r"\$\{|\$\d\d", text):
            raise _refusal("A replacement with a named group, or with more than nine", node)
        # $1 is \1 here, \$ is a dollar, and a backslash of its own must be doubled.
        made = re.sub(r"\\(.)|\$(\d)", lambda m: f"\\{m[2]}" if m[2] else m[1].replace("\\", "\\\\"), text)
        node.expressions[2].replace(exp.Literal.string(made))
    return call("regexp_replace", *node.expressions)


def _format(node: exp.Anonymous) -> exp.Expr:
    """Java's format, as far as C's is the same: %d, %s, %f with width, precision, zeros and thousands."""
    text, values = _literal(node.expressions[0], node), node.expressions[1:]
    kinds = [found for found in _NUMBER.finditer(text) if found["kind"] != "%"]
    if len(kinds) != len(values) or any(found["kind"] not in "dsf" for found in kinds):
        raise _refusal(f"The format {text!r}", node)
    made = [call("java_text", v) if k["kind"] == "s" else v for k, v in zip(kinds, values, strict=True)]
    return native("printf", exp.Literal.string(text), *made)


def _literal(node: exp.Expr, of: exp.Anonymous) -> str:
    if not node.is_string:
        raise _refusal(f"A format of {of.name} that is not a literal", of)
    return node.name


def _refusal(what: str, node: exp.Expr) -> UsageError:
    return UsageError(
        f"{what} has no equal on this machine ({place(node)}).", remedy="use a simpler one, or ask in Athena"
    )


FORMATS: Mapping[str, Callable[[exp.Anonymous], exp.Expr]] = {
    "date_format": _time("strftime", mysql_format),
    "date_parse": _time("strptime", mysql_format),
    "format_datetime": _time("strftime", joda_format),
    "parse_datetime": _time("strptime", joda_format),
    "regexp_replace": _regexp_replace,
    "format": _format,
}
