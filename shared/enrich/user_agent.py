"""User agents to columns: each distinct value is parsed once, rows only carry codes.

The meaning is that of the `user-agents` package on the rules of uap-core. Only the ways there are ours: the search for
the matching rule (`exact_re2`), what the rule gives (`agent_rules`) and what follows from it (`agent_flags`).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from sys import intern
from typing import Final, NamedTuple

import pyarrow as pa
from ua_parser import load_lazy_builtins

from shared.enrich import agent_flags
from shared.enrich.agent_rules import Fields
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


NO_AGENT: Final = AgentColumns(*[None] * len(AgentColumns._fields))
_UNKNOWN: Final[Fields] = ("Other", None, None, None, None)


def parse_user_agent(user_agent: str) -> AgentColumns:
    """The columns of one decoded user agent; `-` and the empty string are none and give nulls.

    About 25 microseconds. The caller limits the length: rules with backtracking take seconds on hostile strings.
    """
    if user_agent in ("", "-"):
        return NO_AGENT
    found_browser, found_system, found_device = _resolver().fields(user_agent)
    browser, major, minor, patch, _ = found_browser or _UNKNOWN
    system, system_major, system_minor, system_patch, _ = found_system or _UNKNOWN
    device, brand, model = found_device or _UNKNOWN[:3]
    browser, system, device = browser or "", system or "", device or ""
    system_version = _version(system_major, system_minor, system_patch)
    seen = agent_flags.Seen(user_agent, browser, system, system_version, device)
    is_tablet = agent_flags.is_tablet(seen)
    is_bot = agent_flags.is_bot(seen)
    client = classify(user_agent, ParsedAgent(browser, is_bot, agent_flags.is_email_client(browser)))
    return AgentColumns(  # by position, which takes half the time of names: the order is that of the declaration
        intern(browser) if browser else None,  # one object for equal texts, as the cache holds many
        _version(major, minor, patch) or None,
        intern(system) if system else None,
        system_version or None,
        intern(device) if device else None,
        intern(brand) if brand else None,
        intern(model) if model else None,
        agent_flags.is_mobile(seen, is_a_tablet=is_tablet),
        is_tablet,
        agent_flags.is_pc(seen),
        agent_flags.is_touch_capable(seen),
        is_bot,
        client.kind,
        intern(client.name) if client.name else None,
        client.operator,
        rules_version(),
    )


# Versions of browsers and systems repeat far more than user agents do.
@lru_cache(maxsize=10_000)
def _version(*parts: str | None) -> str:
    """The parts that there are, numbers without leading zeros.

    >>> _version("07", "0", None)
    '7.0'
    """
    return ".".join(str(int(part)) if part.isdecimal() else part for part in parts if part is not None)


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
