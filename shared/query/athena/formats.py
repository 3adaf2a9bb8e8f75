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
from shared.query.athena.patterns import groups

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
_JSON_STEP = re.compile(r"""(\.\w+|\[\d+\])|(\["[^"\\]*"\]|\['[^'\\]*'\])""")


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


def _regexp_extract(node: exp.Anonymous) -> exp.Expr:
    """With a group: one that takes part in every match, as DuckDB does not tell others from empty ones."""
    if len(node.expressions) == 3 and node.expressions[2].name != "0":
        number, certain = node.expressions[2], groups(_literal(node.expressions[1], node))
        if not number.is_int or not 1 <= int(number.name) <= len(certain):
            raise _refusal(f"A pattern of {len(certain)} groups has no group {number.sql('trino')}: {node.name}", node)
        if not certain[int(number.name) - 1]:
            raise _refusal(f"A group that need not match, whose absence would be empty and not NULL: {node.name}", node)
    return call(node.name.lower(), *node.expressions)


def _json(node: exp.Anonymous) -> exp.Expr:
    """JSON paths: $["a b"] is $."a b" here."""
    value, path = node.expressions
    steps = _JSON_STEP.findall(_literal(path, node)[1:])
    written = "".join("".join(step[:2]) for step in steps)
    if not path.name.startswith("$") or len(written) != len(path.name) - 1:
        raise _refusal(f"The JSON path {path.name!r}", node)
    made = "$" + "".join(plain or f'."{quoted[2:-2]}"' for plain, quoted in steps)
    return call(node.name.lower(), value, exp.Literal.string(made))


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
    "regexp_replace": _regexp_replace,
    "regexp_extract": _regexp_extract,
    "regexp_extract_all": _regexp_extract,
    **dict.fromkeys(("json_extract", "json_extract_scalar", "json_size"), _json),
    "format": _format,
}
