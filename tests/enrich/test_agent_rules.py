from __future__ import annotations

import re

import pytest
from ua_parser import load_lazy_builtins

from shared.enrich.agent_rules import AgentRule, _most_groups, browser_rules, device_rules, system_rules
from shared.enrich.user_agent import parse_user_agent

MATCHERS = load_lazy_builtins()
RULES = [*browser_rules(MATCHERS[0]), *system_rules(MATCHERS[1]), *device_rules(MATCHERS[2])]


def rule(regex: str, *templates: str | None, is_stripped: bool = True) -> AgentRule:
    return AgentRule(regex, templates, is_stripped=is_stripped)


def test_fields_are_fixed_or_of_a_group_or_put_together() -> None:
    made = rule(r"(\w+) (\w+)/(\d+)?", "$1", "$2", "X $2-$1", "Brand ", "$3", "$7", None)
    assert made("some thing/") == ("some", "thing", "X thing-some", "Brand", None, None, None)
    assert made("nothing") is None


@pytest.mark.parametrize(
    ("regex", "templates", "fixed"),
    [
        ("x", ("A", "B", None), ("A", "B", None)),
        (r"\((x)\)", ("A", "$4"), ("A", None)),
        ("(x)", ("A", "$1"), None),
        ("(?:x)", ("A", "$1"), ("A", None)),
        ("x", ("A $1",), None),
    ],
)
def test_an_answer_is_fixed_if_no_group_has_a_say(
    regex: str, templates: tuple[str | None, ...], fixed: tuple[str | None, ...] | None
) -> None:
    assert rule(regex, *templates).fixed == fixed


def test_no_expression_has_more_groups_than_are_counted() -> None:
    assert all(_most_groups(each.regex) >= re.compile(each.regex).groups for each in RULES)
    assert sum(each.fixed is not None for each in RULES) > 100


def test_a_family_of_nothing_but_spaces_is_no_match_where_white_space_goes() -> None:
    assert rule("a(.*)z", "$1")("a  z") is None
    assert rule("a(.*)z", "$1", is_stripped=False)("a  z") == ("  ",)
    assert rule("a(.*)z", "$1", is_stripped=False)("az") == ("",)


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Mozilla/5.0 (Linux; U; Android 2.3; en-us;     Build/X)", "Generic Smartphone"),
        ("Mozilla/5.0 (Linux; U; Android 2.3; en-us;     Build/X) \u00e9", "Generic Smartphone"),
    ],
)
def test_a_blank_model_fails_nothing(text: str, family: str) -> None:
    assert parse_user_agent(text).device_family == family


def test_a_digit_that_is_no_number_fails_nothing() -> None:
    assert parse_user_agent("Foo CFNetwork/1 Darwin/1").browser_family == "CFNetwork"
    columns = parse_user_agent("GeoEvent Server 007.\u00b2")  # a superscript is a digit to Unicode and no number
    assert columns.browser_version == "7"
    assert parse_user_agent("ArcGIS Pro 2.04.\u00b2").browser_version == "2.4.\u00b2"
