"""User agents to columns: each distinct value is parsed once, rows only carry codes.

The meaning is that of the `user-agents` package on the rules of uap-core; its own tests for mobile, tablet, PC, touch
and bot are used as they are (`package_agent`). Only the search for the matching rule (`exact_re2`) and what the rule
gives (`agent_rules`) are ours.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from sys import intern
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
from ua_parser import load_lazy_builtins

from shared.enrich.cache import TwoGenerationCache
from shared.enrich.clients import CLIENT_RULES_VERSION, ParsedAgent, classify
from shared.enrich.columns import as_dictionary, spread
from shared.enrich.exact_re2 import ExactResolver
from shared.tables.vocabulary import USER_AGENT

if TYPE_CHECKING:
    from shared.enrich.package_agent import FoundAgent

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


NO_AGENT: Final = AgentColumns(*[None] * len(AgentColumns._fields))


def parse_user_agent(user_agent: str) -> AgentColumns:
    """The columns of one decoded user agent; `-` and the empty string are none and give nulls.

    About 25 microseconds. The caller limits the length: rules with backtracking take seconds on hostile strings.
    """
    if user_agent in ("", "-"):
        return NO_AGENT
    agent = _found_agent()(user_agent, *_resolver().fields(user_agent))
    browser, is_bot = agent.browser.family, agent.is_bot
    client = classify(user_agent, ParsedAgent(browser, is_bot, agent.is_email_client))
    return AgentColumns(  # by position, which takes half the time of names: the order is that of the declaration
        _text(browser),
        _text(agent.browser.version_string),
        _text(agent.os.family),
        _text(agent.os.version_string),
        _text(agent.device.family),
        _text(agent.device.brand),
        _text(agent.device.model),
        agent.is_mobile,
        agent.is_tablet,
        agent.is_pc,
        agent.is_touch_capable,
        is_bot,
        client.kind,
        _text(client.name),
        client.operator,
        rules_version(),
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


@lru_cache(maxsize=1)
def _found_agent() -> type[FoundAgent]:
    from shared.enrich.package_agent import FoundAgent  # noqa: PLC0415 - on first use, too

    return FoundAgent


_CACHE: Final[TwoGenerationCache[str, AgentColumns]] = TwoGenerationCache(CACHED_AGENTS)


def _text(value: str | None) -> str | None:
    """One object for equal texts, as the cache holds many; null for an empty one."""
    return intern(value) if value else None
