"""User agents to columns: each distinct value is parsed once, rows only carry codes.

The meaning is that of the `user-agents` package on the rules of uap-core; its own small functions and tests for mobile,
tablet, PC, touch and bot are used as they are. Only the search for the matching rule is ours (`exact_re2`).
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import version
from typing import Final, NamedTuple

import pyarrow as pa
from ua_parser import load_lazy_builtins
from ua_parser.core import Domain
from user_agents.parsers import UserAgent, parse_browser, parse_device, parse_operating_system

from shared.enrich.cache import TwoGenerationCache
from shared.enrich.clients import CLIENT_RULES_VERSION, ParsedAgent, classify
from shared.enrich.columns import as_dictionary, spread
from shared.enrich.exact_re2 import ExactResolver
from shared.tables.vocabulary import USER_AGENT

CACHED_AGENTS: Final = 100_000


class AgentColumns(NamedTuple):
    """The user-agent columns of one value: the fields are USER_AGENT of the shared vocabulary, in its order."""

    browser_family: str | None
    browser_version: str | None
    os_family: str | None
    os_version: str | None
    device_family: str | None
    device_brand: str | None
    device_model: str | None
    is_mobile: bool | None
    is_tablet: bool | None
    is_pc: bool | None
    is_touch_capable: bool | None
    is_bot: bool | None
    client_kind: str | None
    client_name: str | None
    client_operator: str | None
    ua_rules_version: str | None


# Versions of browsers and systems repeat far more than user agents do.
_browser = lru_cache(maxsize=10_000)(parse_browser)
_system = lru_cache(maxsize=10_000)(parse_operating_system)

NO_AGENT: Final = AgentColumns(*[None] * len(AgentColumns._fields))


class ExactUserAgent(UserAgent):  # type: ignore[misc]  # the package has no types
    """The package's user agent, filled by the exact resolver instead of its own slow parse."""

    def __init__(self, user_agent: str) -> None:  # the base would parse again, hence no super().__init__
        resolved = _resolver()(user_agent, Domain.ALL).complete().with_defaults()
        browser, system, device = resolved.user_agent, resolved.os, resolved.device
        self.ua_string = user_agent
        self.browser = _browser(browser.family, browser.major, browser.minor, browser.patch)
        self.os = _system(system.family, system.major, system.minor, system.patch)
        self.device = parse_device(device.family, device.brand, device.model)


def parse_user_agent(user_agent: str) -> AgentColumns:
    """The columns of one decoded user agent; `-` and the empty string are none and give nulls.

    About 50 microseconds. The caller limits the length: rules with backtracking take seconds on hostile strings.
    """
    if user_agent in ("", "-"):
        return NO_AGENT
    agent = ExactUserAgent(user_agent)
    client = classify(user_agent, ParsedAgent(agent.browser.family, agent.is_bot, agent.is_email_client))
    return AgentColumns(
        browser_family=_text(agent.browser.family),
        browser_version=_text(agent.browser.version_string),
        os_family=_text(agent.os.family),
        os_version=_text(agent.os.version_string),
        device_family=_text(agent.device.family),
        device_brand=_text(agent.device.brand),
        device_model=_text(agent.device.model),
        is_mobile=agent.is_mobile,
        is_tablet=agent.is_tablet,
        is_pc=agent.is_pc,
        is_touch_capable=agent.is_touch_capable,
        is_bot=agent.is_bot,
        client_kind=client.kind,
        client_name=_text(client.name),
        client_operator=client.operator,
        ua_rules_version=rules_version(),
    )


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Which rules decide: the releases of uap-core's rules and of user-agents, and our own rules for clients."""
    return f"uap {version('ua-parser-builtins')}, ua {version('user-agents')}, clients {CLIENT_RULES_VERSION}"


def user_agent_columns(user_agents: pa.Array | pa.ChunkedArray, *, max_length: int) -> dict[str, pa.Array]:
    """The USER_AGENT columns for a column of decoded user agents (string or dictionary<int32, string>).

    Work is per distinct value, and only for those that this process has not seen lately; a row costs a look-up of its
    code. `max_length` is how many characters of a value are parsed. The columns have the types of the vocabulary, and
    each dictionary holds each value once.
    """
    encoded = as_dictionary(user_agents)
    agents = [(value or "")[:max_length] for value in encoded.dictionary.to_pylist()]
    parsed = _CACHE.resolve(agents, lambda missing: map(parse_user_agent, missing))
    columns = {}
    for column, values in zip(USER_AGENT, zip(*parsed, strict=True) if parsed else [()] * len(USER_AGENT), strict=True):
        columns[column.name] = spread(pa.array(values, column.type.arrow), encoded.indices, as_codes=column.few_values)
    return columns


@lru_cache(maxsize=1)
def _resolver() -> ExactResolver:
    # Built on first use: a process that sees no user agent need not pay for it.
    return ExactResolver(load_lazy_builtins())


_CACHE: Final[TwoGenerationCache[str, AgentColumns]] = TwoGenerationCache(CACHED_AGENTS)


def _text(value: str | None) -> str | None:
    """One object for equal texts, as the cache holds many; null for an empty one."""
    return sys.intern(value) if value else None
