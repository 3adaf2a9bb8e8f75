"""The rules of uap-core, read once into what a match costs least: which fields are fixed and which group fills which.

ua-parser's own matchers work out their replacement templates for each string anew. Most templates are a text without
any group, or one group alone, so here each rule knows its fixed fields and the numbers of the groups that fill the
others; only the rest (`Samsung $1`) is put together per match. The fields that come out are those of the matchers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

# family, major, minor, patch, patch_minor of a browser or system; family, brand, model of a device
Fields: TypeAlias = tuple[str | None, ...]
_GROUP: Final = re.compile(r"\$(\d)")
_VERSION_PARTS: Final = ("major", "minor", "patch", "patch_minor")


class AgentRule:
    """One rule: a regular expression and a template for each field.

    templates    a text in which `$1` stands for what group 1 matched (nothing, if there is none), or None for no text
    is_stripped  whether white space at the ends of a field goes, and a blank one is none (not so for browsers)
    """

    __slots__ = ("_compound", "_fields", "_picks", "_search", "fixed", "flags", "is_stripped", "regex")

    def __init__(self, regex: str, templates: Iterable[str | None], *, flags: int = 0, is_stripped: bool) -> None:
        self.regex = regex
        self.flags = flags
        self.is_stripped = is_stripped
        self._fields: list[str | None] = []
        self._picks: list[tuple[int, int]] = []  # (place of the field, number of its group)
        self._compound: list[tuple[int, str]] = []  # (place of the field, template)
        self._search: Callable[[str], re.Match[str] | None] | None = None  # compiled at first use: most never are
        for place, template in enumerate(templates):
            self._add(place, template, _most_groups(regex))
        is_fixed = not self._picks and not self._compound
        self.fixed: Fields | None = tuple(self._fields) if is_fixed else None

    def _add(self, place: int, template: str | None, groups: int) -> None:
        group = _GROUP.fullmatch(template) if template else None
        if group is not None:
            if int(group[1]) <= groups:
                self._picks.append((place, int(group[1])))
            template = None
        elif template and "$" in template:
            self._compound.append((place, template))
            template = None
        self._fields.append((template.strip() if template and self.is_stripped else template) or None)

    def __call__(self, text: str, /) -> Fields | None:
        """The fields of a text, or None where the rule does not match.

        A stripped rule whose family comes out blank (a device model of nothing but spaces) has not matched, as in
        the older interface of ua-parser; the newer one fails there, which no logged string may bring about.
        """
        match = (self._search or self._compile())(text)
        if match is None:
            return None
        fields = self._fields.copy()
        for place, group in self._picks:
            fields[place] = self._clean(match[group] if group <= match.re.groups else None)
        for place, template in self._compound:
            fields[place] = self._clean(_GROUP.sub(lambda found: _group(match, int(found[1])), template))
        if fields[0] is None:
            if self.is_stripped:
                return None
            fields[0] = ""  # a browser may be called nothing: that is what ua-parser says, and no other rule is asked
        return tuple(fields)

    def _clean(self, value: str | None) -> str | None:
        return (value.strip() if value and self.is_stripped else value) or None

    def _compile(self) -> Callable[[str], re.Match[str] | None]:
        self._search = search = re.compile(self.regex, self.flags).search
        return search


def browser_rules(matchers: Iterable[Any]) -> list[AgentRule]:
    """Of ua-parser's matchers for browsers: a version part without a replacement is the next group, as it is."""
    return [
        AgentRule(
            matcher.regex,
            [matcher.family, *(getattr(matcher, part) or f"${n}" for n, part in enumerate(_VERSION_PARTS, start=2))],
            is_stripped=False,
        )
        for matcher in matchers
    ]


def system_rules(matchers: Iterable[Any]) -> list[AgentRule]:
    """Of ua-parser's matchers for operating systems."""
    return [
        AgentRule(matcher.regex, [matcher.family, *(getattr(matcher, p) for p in _VERSION_PARTS)], is_stripped=True)
        for matcher in matchers
    ]


def device_rules(matchers: Iterable[Any]) -> list[AgentRule]:
    """Of ua-parser's matchers for devices, the only ones that may ignore case."""
    return [
        AgentRule(m.regex, [m.family, m.brand, m.model], flags=m.flags & re.IGNORECASE, is_stripped=True)
        for m in matchers
    ]


def _most_groups(regex: str) -> int:
    """At least as many as the expression has groups: its open parentheses, escaped ones among them, less the `(?`."""
    return regex.count("(") - regex.count("(?")


def _group(match: re.Match[str], number: int) -> str:
    return (match[number] or "") if number <= match.re.groups else ""
