"""What kind of client a user agent is, what it is called, and who runs it.

Rules for browsers and devices (uap-core) leave out what a streaming business asks for: players, televisions, meeting
clients, AI crawlers by operator. Those names are data, in `clients.json`: an ordered list, and the first entry that
matches decides. Robots come before everything else, because most of them dress up as a desktop browser; among devices
the place where people watch (a television, a console) comes before the software that plays there. What no entry names
is told from the parsed user agent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final, NamedTuple

from shared.enrich.exact_re2 import FirstMatch

CLIENT_RULES_VERSION: Final = 1  # raise with every change of clients.json or of the order below

_BROWSER_OPERATORS: Final = {
    "Chrome": "Google",
    "Chromium": "Google",
    "Safari": "Apple",
    "Mobile Safari": "Apple",
    "Firefox": "Mozilla",
    "Edge": "Microsoft",
    "IE": "Microsoft",
    "Opera": "Opera",
    "Samsung Internet": "Samsung",
    "Brave": "Brave",
    "Vivaldi": "Vivaldi",
    "Yandex Browser": "Yandex",
    "UC Browser": "Alibaba",
    "DuckDuckGo": "DuckDuckGo",
}
_WEB_VIEWS: Final = frozenset({"Chrome Mobile WebView", "Mobile Safari UI/WKWebView"})
_FIRST_PRODUCT: Final = re.compile(r"([A-Za-z][\w .\-]{0,39})/")
_ROBOT: Final = re.compile(r"\b[A-Za-z][\w.\-]{0,39}(?:bot|crawler|spider|scraper|fetcher)\b", re.IGNORECASE)


class Client(NamedTuple):
    """What the client is; name and operator are None where unknown."""

    kind: str
    name: str | None
    operator: str | None


class ParsedAgent(NamedTuple):
    """What of a parsed user agent decides on clients that have no rule of their own."""

    browser_family: str
    is_bot: bool
    is_email_client: bool


def classify(user_agent: str, parsed: ParsedAgent) -> Client:
    """Tell the client of a decoded user agent.

    >>> classify("curl/8.5.0", ParsedAgent("curl", is_bot=False, is_email_client=False))
    Client(kind='tool', name='curl', operator=None)
    """
    family = None if parsed.browser_family == "Other" else parsed.browser_family
    client = _rules()(user_agent)
    if client is not None and client.name is not None:
        return client
    like = client.kind if client is not None else None  # a general rule: robot words, marks of an app
    if like == "bot" or parsed.is_bot:
        return Client("bot", _robot_name(user_agent, family), None)
    if parsed.is_email_client:
        return Client("app", family, None)
    if like == "app" or family in _WEB_VIEWS:
        return Client("app", _first_product(user_agent) or family, None)
    if family and user_agent.startswith(("Mozilla/", "Opera/")):
        return Client("browser", family, _browser_operator(family))
    return Client("other", _first_product(user_agent), None)


@dataclass(frozen=True)
class _ClientRule:
    regex: str
    client: Client
    flags: int = re.IGNORECASE

    @property
    def fixed(self) -> Client:
        return self.client

    @cached_property  # most rules are never asked
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.regex, self.flags)

    def __call__(self, text: str, /) -> Client | None:
        return self.client if self._pattern.search(text) else None


@lru_cache(maxsize=1)
def _rules() -> FirstMatch[Client]:
    """The entries of clients.json as rules, in their order.

    A pattern (without one: the name as a word) starts at a word boundary; an entry without name is a general rule and
    stands as it is.
    """
    groups = json.loads(resources.files("shared.enrich").joinpath("clients.json").read_text("utf-8"))
    rules = []
    for group in groups:
        for entry in group["clients"]:
            name = entry["name"]
            pattern = entry.get("match") or rf"{re.escape(name)}\b"
            regex = rf"\b(?:{pattern})" if name else pattern
            rules.append(_ClientRule(regex, Client(group["kind"], name, entry.get("operator"))))
    return FirstMatch(rules)


def _robot_name(user_agent: str, family: str | None) -> str | None:
    if (named := _ROBOT.search(user_agent)) is not None:
        return named.group()
    disguise = family is not None and _browser_operator(family) is not None
    return _first_product(user_agent) or (None if disguise else family)


def _first_product(user_agent: str) -> str | None:
    """The name before the first slash, unless it is the Mozilla that all browsers claim to be."""
    if (product := _FIRST_PRODUCT.match(user_agent)) is None or product[1] in ("Mozilla", "Dalvik", "Opera"):
        return None
    return product[1]


def _browser_operator(family: str) -> str | None:
    base = family.removesuffix(" iOS").removesuffix(" Mobile")
    return _BROWSER_OPERATORS.get(base)
