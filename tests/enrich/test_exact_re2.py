from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ua_parser import BasicResolver, Re2Resolver, load_lazy_builtins
from ua_parser.core import Domain, PartialResult

from shared.enrich import exact_re2
from shared.enrich.exact_re2 import ExactResolver, FirstMatch, all_at_once, none_at_once, unless_waiting
from shared.synth.agents import user_agents
from tests.enrich.rule_made import made_from_all

EXACT = ExactResolver(load_lazy_builtins())
SEQUENTIAL = BasicResolver(load_lazy_builtins())

# A simplified rule accepts this, the real one does not: the smallest candidate is the wrong answer.
RELAXED_BOUND = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 "
    "Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"
)


@pytest.fixture(scope="module")
def exact() -> ExactResolver:
    return EXACT


@pytest.fixture(scope="module")
def sequential() -> BasicResolver:
    return SEQUENTIAL


def test_a_relaxed_bound_does_not_decide(exact: ExactResolver, sequential: BasicResolver) -> None:
    assert exact(RELAXED_BOUND, Domain.ALL) == sequential(RELAXED_BOUND, Domain.ALL)


def test_the_corpus_would_tell_an_inexact_engine(corpus: list[str], exact: ExactResolver) -> None:
    assert Re2Resolver is not None
    inexact = Re2Resolver(load_lazy_builtins())
    assert sum(inexact(text, Domain.ALL) != exact(text, Domain.ALL) for text in corpus) >= 10


def test_edited_strings_get_the_answers_of_the_sequential_resolver(
    edited_corpus: list[str], exact: ExactResolver, sequential: BasicResolver
) -> None:
    differing = [text for text in edited_corpus if exact(text, Domain.ALL) != sequential(text, Domain.ALL)]
    assert differing == []


@pytest.fixture(scope="module")
def rule_made() -> list[str]:
    return made_from_all([matcher.regex for matchers in load_lazy_builtins() for matcher in matchers], each=3)


def answer_or_none(resolver: BasicResolver, text: str) -> PartialResult | None:
    """None where a blank family makes ua-parser raise."""
    try:
        return resolver(text, Domain.ALL)
    except ValueError:
        return None


def test_strings_made_from_every_rule_get_the_answers_of_the_sequential_resolver(
    rule_made: list[str], exact: ExactResolver, sequential: BasicResolver
) -> None:
    assert Re2Resolver is not None
    inexact = Re2Resolver(load_lazy_builtins())
    expected = {text: answer for text in rule_made if (answer := answer_or_none(sequential, text)) is not None}
    assert len(expected) > 3500
    assert [text for text, answer in expected.items() if exact(text, Domain.ALL) != answer] == []
    assert sum(inexact(text, Domain.ALL) != answer for text, answer in expected.items()) > 100


def test_generated_strings_get_the_answers_of_the_sequential_resolver(
    exact: ExactResolver, sequential: BasicResolver
) -> None:
    texts = user_agents(12_000, np.random.default_rng(7))[::5]
    assert [text for text in texts if exact(text, Domain.ALL) != sequential(text, Domain.ALL)] == []


PIECES = """Mozilla/5.0|Opera/9.80|(|)|; |Linux|Android 4.2|Android 3|U|en-us|Windows NT 6.1|Windows Phone 8|Windows RT|
Mac OS X 10_10_1|CPU iPhone OS 9_1 like Mac OS X|iPad|iPhone|SM-G930V|Build/X| Build|) AppleWebKit/537.36|Version/4.0|
Chrome/59.0.3071.1|Mobile|Safari/537.36|bot|Bot-Mobile|crawler|http://a.b|CFNetwork/978|Darwin/18.7.0|Firefox/9.1|Tab|
GT-P1000|HTC|LG-|Nokia|moto|;FOMA|Tablet|wv|FBAV/1.2|[FB|Spider|/|1|.| |x86_64|Edge/12.3|MSIE 9.0|IEMobile/9"""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES.replace("\n", "").split("|")) | st.text(max_size=4), max_size=14))
def test_any_string_gets_the_answer_of_the_sequential_resolver(pieces: list[str]) -> None:
    text = "".join(pieces)
    answer = answer_or_none(SEQUENTIAL, text)
    found = EXACT(text, Domain.ALL)  # raises for no string
    assert answer is None or found == answer


class Accepting:
    """A rule that answers with its own expression."""

    flags = 0

    def __init__(self, regex: str, *, is_fixed: bool = False) -> None:
        self.regex = regex
        self.fixed = regex if is_fixed else None

    def __call__(self, text: str) -> str | None:
        return self.regex if re.search(self.regex, text) else None


@pytest.mark.parametrize("is_in_set", [all_at_once, none_at_once, unless_waiting])
@pytest.mark.parametrize("is_fixed", [True, False])
def test_the_first_rule_answers_whichever_automaton_has_it(is_in_set: Callable[[str], bool], is_fixed: bool) -> None:
    expressions = ["abc.*x{0,100}z", "ab{1,100}c", "abc", "a.*c", r"\d", "$"]
    first = FirstMatch([Accepting(regex, is_fixed=is_fixed) for regex in expressions], is_in_set)
    texts = ["abc", "abbc", "a" + "b" * 101 + "c", "abc z", "abc " + "x" * 101 + "z", "7", "\u0663", "", "\u0663 abc"]
    expected = [next(regex for regex in expressions if re.search(regex, text)) for text in texts]
    assert [first(text) for text in texts] == expected


def test_an_automaton_that_gives_up_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    exhausted = SimpleNamespace(Add=lambda _expression: 0, Compile=lambda: None, Match=lambda _text: None)
    monkeypatch.setattr(exact_re2.re2, "Set", SimpleNamespace(SearchSet=lambda: exhausted))
    assert FirstMatch([Accepting("b"), Accepting("a")])("a") == "a"


def test_foreign_digits_are_digits(exact: ExactResolver) -> None:
    text = (
        "Mozilla/5.0 (Linux; Android 13; K; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/119.0.3458.٣04 Mobile Safari/537.36"
    )
    answer = exact(text, Domain.USER_AGENT).user_agent
    assert answer is not None
    assert answer.family == "Chrome Mobile WebView"


def test_only_the_wanted_domains_are_resolved(exact: ExactResolver) -> None:
    text = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_2 like Mac OS X) Version/18.3.1 Mobile/15E148 Safari/604.1"
    assert exact(text, Domain.OS) == PartialResult(Domain.OS, None, exact(text, Domain.ALL).os, None, text)
    assert exact(text, Domain.ALL).os is not None


def test_without_re2_the_answers_are_the_same(
    monkeypatch: pytest.MonkeyPatch, corpus: list[str], exact: ExactResolver
) -> None:
    monkeypatch.setattr(exact_re2, "re2", None)
    fallback = ExactResolver(load_lazy_builtins())
    for text in [*corpus[::60], RELAXED_BOUND]:
        assert fallback(text, Domain.ALL) == exact(text, Domain.ALL)
