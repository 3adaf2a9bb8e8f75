"""First-match-wins rule lists, answered through automatons instead of rule by rule.

User-agent rules (uap-core) are ordered: the first rule whose regular expression matches decides. Tried one by one that
takes about half a millisecond for a string. re2 can ask all rules at once, but only for *simplified* rules: large
repetition bounds are relaxed and `\\d`, `\\w` become ASCII classes, so a simplified rule may accept a string that its
original does not. Taking the smallest accepted index (as ua-parser's own re2 resolver does) therefore errs. Here the
accepted rules are only candidates: in ascending order each is confirmed by its original, and the first confirmed one is
the answer. That equals trying all rules in order as long as a simplified rule accepts whatever its original accepts,
which holds for printable ASCII. Any other string is tried rule by rule.

A candidate needs no confirmation where its answer is the same for all strings and no bound of it was relaxed: on
printable ASCII such a simplified rule accepts what its original accepts, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from ua_parser.core import OS, Device, Domain, Matchers, PartialResult, UserAgent
from ua_parser.utils import REPETITION_PATTERN, fa_simplifier

from shared.enrich.agent_rules import Fields, browser_rules, device_rules, system_rules

try:
    import re2
except ImportError:  # no wheel for this platform: the same answers, slower
    re2 = None

Answer_co = TypeVar("Answer_co", covariant=True)
# The indices of all rules that can match, ascending; None where the automaton has no answer.
_Candidates = Callable[[bytes], list[int] | None]
_ANY_TEXT: Final = re.compile(r"\.[*+{]")


class Rule(Protocol[Answer_co]):
    """One rule: a regular expression, its `re` flags, and its answer to a text (None where it does not match).

    `fixed` is the answer to all texts that it matches, None where they differ.
    """

    @property
    def regex(self) -> str: ...  # noqa: D102

    @property
    def flags(self) -> int: ...  # noqa: D102

    @property
    def fixed(self) -> Answer_co | None: ...  # noqa: D102

    def __call__(self, text: str, /) -> Answer_co | None: ...  # noqa: D102


# Which of two automatons of re2 gets a rule makes no difference to the answers, only to their cost. A *set* runs all
# its rules in one pass; but rules that wait for their second half from anywhere (`Android.*Tab`) multiply its states,
# until it builds new ones for every string. A *filter* looks for the literals of its rules, then runs one by one those
# whose literals are there.
def all_at_once(_regex: str) -> bool:
    """For lists that few strings meet in more than a few rules: a set."""
    return True


def none_at_once(_regex: str) -> bool:
    """For lists where most strings meet many rules that wait: a filter."""
    return False


def unless_waiting(regex: str) -> bool:
    """For long lists of which some rules wait: these to a filter, the others to a set."""
    return _ANY_TEXT.search(regex) is None


class FirstMatch(Generic[Answer_co]):
    """The answer of the first rule of an ordered list that matches, else None."""

    def __init__(self, rules: Sequence[Rule[Answer_co]], is_in_set: Callable[[str], bool] = all_at_once) -> None:
        self._rules = rules
        self._fixed = [None if REPETITION_PATTERN.search(rule.regex) else rule.fixed for rule in rules]
        self._candidates = _candidate_search(rules, is_in_set)

    def __call__(self, text: str) -> Answer_co | None:
        """Try the rules that can match, in their order."""
        return self.find(text, plain_ascii(text))

    def find(self, text: str, plain: bytes | None) -> Answer_co | None:
        """The same, given `plain_ascii(text)`."""
        candidates = None if plain is None else self._candidates(plain)
        if candidates is None:
            answers = (rule(text) for rule in self._rules)
            return next((answer for answer in answers if answer is not None), None)
        for index in candidates:
            answer = self._fixed[index]
            if answer is None:
                answer = self._rules[index](text)
            if answer is not None:
                return answer
        return None


def plain_ascii(text: str) -> bytes | None:
    """The bytes of printable ASCII; None for any other text, for which a simplified rule may not be asked."""
    return text.encode("ascii") if text.isascii() and text.isprintable() else None


class ExactResolver:
    """A resolver for ua-parser with the answers of its sequential one, many times as fast."""

    def __init__(self, matchers: Matchers) -> None:
        browsers, systems, devices = matchers
        # As measured on strings of the wild, each seen once; in a set the browsers would take three times as long.
        self._browser: FirstMatch[Fields] = FirstMatch(browser_rules(browsers), none_at_once)
        self._system: FirstMatch[Fields] = FirstMatch(system_rules(systems), all_at_once)
        self._device: FirstMatch[Fields] = FirstMatch(device_rules(devices), unless_waiting)

    def fields(self, ua: str) -> tuple[Fields | None, Fields | None, Fields | None]:
        """Browser, system and device of a (percent-decoded) user agent, without ua-parser's objects."""
        plain = plain_ascii(ua)
        return self._browser.find(ua, plain), self._system.find(ua, plain), self._device.find(ua, plain)

    def __call__(self, ua: str, domains: Domain, /) -> PartialResult:
        """Resolve the wanted domains of a (percent-decoded) user agent."""
        browser = self._browser(ua) if Domain.USER_AGENT in domains else None
        system = self._system(ua) if Domain.OS in domains else None
        device = self._device(ua) if Domain.DEVICE in domains else None
        return PartialResult(
            domains=domains,
            string=ua,
            user_agent=None if browser is None else UserAgent(*browser),  # type: ignore[arg-type]
            os=None if system is None else OS(*system),  # type: ignore[arg-type]
            device=None if device is None else Device(*device),  # type: ignore[arg-type]
        )


def _candidate_search(rules: Sequence[Rule[object]], is_in_set: Callable[[str], bool]) -> _Candidates:
    if re2 is None:
        return lambda _plain: None
    in_set = [index for index, rule in enumerate(rules) if is_in_set(rule.regex)]
    in_filter = [index for index, rule in enumerate(rules) if not is_in_set(rule.regex)]
    of_set = _set_search([_simplified(rules[index]) for index in in_set], in_set)
    of_filter = _filter_search([_simplified(rules[index]) for index in in_filter], in_filter)
    if not in_filter:
        return of_set
    if not in_set:
        return of_filter

    def of_both(plain: bytes) -> list[int] | None:
        found, more = of_set(plain), of_filter(plain)
        return None if found is None or more is None else sorted(found + more)

    return of_both


def _simplified(rule: Rule[object]) -> str:
    return ("(?i)" if rule.flags & re.IGNORECASE else "") + fa_simplifier(rule.regex)


def _set_search(expressions: Sequence[str], indices: Sequence[int]) -> _Candidates:
    """Ask all expressions in one pass; the answer is in terms of `indices`.

    A set that runs out of memory answers like one that nothing matches. One more expression, which matches everything,
    tells these apart.
    """
    automaton = re2.Set.SearchSet()
    for expression in (*expressions, "^"):
        automaton.Add(expression)
    automaton.Compile()
    everything = len(expressions)

    def search(plain: bytes) -> list[int] | None:
        found = automaton.Match(plain)
        if not found:
            return None
        found.remove(everything)
        return sorted([indices[number] for number in found])

    return search


def _filter_search(expressions: Sequence[str], indices: Sequence[int]) -> _Candidates:
    """Ask those expressions whose literals the text has; the answer is in terms of `indices`."""
    automaton = re2.Filter()
    for expression in expressions:
        automaton.Add(expression)
    if expressions:  # re2 warns of an empty filter
        automaton.Compile()

    def search(plain: bytes) -> list[int]:
        return sorted([indices[number] for number in automaton.Match(plain) or ()])  # Match returns None for no match

    return search
