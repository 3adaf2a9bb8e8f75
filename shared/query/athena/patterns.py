"""The groups of a regular expression: which there are, and which of them take part in every match."""

from __future__ import annotations

import re

_TOKENS = re.compile(r"\\Q.*?\\E|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<[A-Za-z]\w*>|\(\?[^)]*?[:)]|.", re.DOTALL)
_MAYBE = re.compile(r"[?*]|\{0")


def groups(pattern: str) -> list[bool]:
    """For each group, from the first, whether it takes part in every match.

    Where one does not, Athena's answer is NULL and DuckDB's is empty.

    >>> groups(r"(a)(?:b|(c))(d)?([(]e)")
    [True, False, False, True]
    """
    certain: list[bool] = []
    opened = [_Opened(0, 0)]
    for token in _TOKENS.finditer(pattern):
        text = token[0]
        if text == "(" or text.startswith("(?<"):
            opened.append(_Opened(len(certain), len(certain) + 1))
            certain.append(True)
        elif text.startswith("(?") and text.endswith(":"):
            opened.append(_Opened(len(certain), len(certain)))
        elif text == "|":
            opened[-1].has_alternatives = True
        elif text == ")" and len(opened) > 1:
            group = opened.pop()
            maybe = _MAYBE.match(pattern, token.end()) is not None
            if maybe or group.has_alternatives:
                _doubt(certain, group.first if maybe else group.inner)
    if opened[0].has_alternatives:
        _doubt(certain, 0)
    return certain


class _Opened:
    """A parenthesis: its own group's number (if it is one) and that of the first within it."""

    def __init__(self, first: int, inner: int) -> None:
        self.first, self.inner, self.has_alternatives = first, inner, False


def _doubt(certain: list[bool], first: int) -> None:
    certain[first:] = [False] * len(certain[first:])
