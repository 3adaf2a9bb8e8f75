"""The `user-agents` package's user agent, from what the exact resolver found instead of its own slow parse.

Whether a client is mobile, a tablet, a PC, touch-capable or a bot is the package's to say. A module of its own, as the
package compiles uap-core's rules once more: who parses no user agent need not import it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from user_agents.parsers import Browser, OperatingSystem, UserAgent, parse_device

from shared.enrich.agent_rules import Fields

_UNKNOWN: Final[Fields] = ("Other", None, None, None, None)


class FoundAgent(UserAgent):  # type: ignore[misc]  # the package has no types
    """A user agent and the fields of its browser, system and device; None for one that no rule knows."""

    def __init__(self, user_agent: str, browser: Fields | None, system: Fields | None, device: Fields | None) -> None:
        # The base would parse, hence no super().__init__.
        browser, system = browser or _UNKNOWN, system or _UNKNOWN
        self.ua_string = user_agent
        self.browser = Browser(browser[0], (), _version(*browser[1:4]))  # nothing asks for versions as numbers
        self.os = OperatingSystem(system[0], (), _version(*system[1:4]))
        self.device = parse_device(*(device or _UNKNOWN[:3]))


@lru_cache(maxsize=10_000)  # versions repeat far more than user agents do
def _version(*parts: str | None) -> str:
    """The parts that there are, numbers without leading zeros.

    As the package says it, which fails on digits that are no numbers, such as superscripts.

    >>> _version("07", "0", None)
    '7.0'
    """
    return ".".join(str(int(part)) if part.isdecimal() else part for part in parts if part is not None)
