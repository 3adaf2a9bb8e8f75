"""Strings that a regular expression matches or narrowly misses, made from the expression itself.

Strings of the wild meet a tenth of the rules for user agents; these meet nearly all.
"""

from __future__ import annotations

import random
import re
import string
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_PRINTABLE = string.ascii_letters + string.digits + " ./;()-_:,"
_CATEGORIES = {
    kinds.CATEGORY_DIGIT: string.digits,
    kinds.CATEGORY_WORD: string.ascii_letters + string.digits + "_",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_SPACE: string.ascii_letters,
}
_LONGEST = 260  # of a repetition: past the bounds that re2 gets relaxed


def made_from(regex: str, rng: random.Random) -> str:
    """A string that the expression mostly matches: repetitions are as often as not beyond their bound."""
    return _sequence(parser.parse(regex), rng)


def _sequence(parts: Any, rng: random.Random) -> str:
    return "".join(_part(kind, value, rng) for kind, value in parts)


def _part(kind: Any, value: Any, rng: random.Random) -> str:
    if kind is kinds.LITERAL:
        return chr(value)
    if kind in (kinds.ANY, kinds.NOT_LITERAL):
        return rng.choice(_PRINTABLE)
    if kind is kinds.IN:
        return rng.choice(_alphabet(value))
    if kind is kinds.BRANCH:
        return _sequence(rng.choice(value[1]), rng)
    if kind is kinds.SUBPATTERN:
        return _sequence(value[-1], rng)
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, body = value
        extra = rng.choice((0, 0, 1, 2, 3, int(most) - least if most < _LONGEST else 5, _LONGEST if most > 90 else 1))
        beyond = rng.random() < 0.1
        return "".join(_sequence(body, rng) for _ in range(min(least + extra, int(most)) + beyond))
    assert kind is kinds.AT  # an anchor or a word boundary is no text
    return ""


def _alphabet(items: Any) -> str:
    is_negated = items[0][0] is kinds.NEGATE
    found = ""
    for kind, value in items[is_negated:]:
        if kind is kinds.LITERAL:
            found += chr(value)
        elif kind is kinds.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        else:
            found += _CATEGORIES[value]
    return "".join(sorted(set(_PRINTABLE) - set(found))) if is_negated else found


def made_from_all(expressions: list[str], each: int, seed: int = 20261130) -> list[str]:
    """So many strings of each expression, half of them inside a common browser's string; always the same ones."""
    rng = random.Random(seed)
    made = [made_from(regex, rng) for regex in expressions for _ in range(each)]
    frame = "Mozilla/5.0 (Linux; Android 9; {}) AppleWebKit/537.36 Chrome/90.0.1.2 Mobile Safari/537.36"
    return [text if rng.random() < 0.5 else frame.format(text) for text in made if re.search(r"\S", text)]
