from __future__ import annotations

import pytest
from ua_parser import BasicResolver, Re2Resolver, load_lazy_builtins
from ua_parser.core import Domain, PartialResult

from shared.enrich import exact_re2
from shared.enrich.exact_re2 import ExactResolver

# A simplified rule accepts this, the real one does not: the smallest candidate is the wrong answer.
RELAXED_BOUND = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 "
    "Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"
)


@pytest.fixture(scope="module")
def exact() -> ExactResolver:
    return ExactResolver(load_lazy_builtins())


@pytest.fixture(scope="module")
def sequential() -> BasicResolver:
    return BasicResolver(load_lazy_builtins())


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
