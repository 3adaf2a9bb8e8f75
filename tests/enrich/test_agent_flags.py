from __future__ import annotations

from itertools import product

from user_agents import parsers

from shared.enrich import agent_flags
from shared.enrich.agent_flags import Seen

MARKS = ["", "Mobile Safari", "J2ME", "MIDP", "iPhone;", "Googlebot-Mobile", "NokiaBrowser", "NokiaBrowser Mobile"]
MARKS += ["Touch", "Windows NT", "Silk", "Maemo", "Linux", "X11", "Linux X11", "Maemo Linux X11", "Mobile"]
BROWSERS = ["Other", "Chrome", "Firefox Mobile", "Some Mobile", *parsers.MOBILE_BROWSER_FAMILIES]
SYSTEMS = ["Other", "Windows", "Mac OS X", "Chrome OS", "Linux", "BlackBerry OS", "BlackBerry Tablet OS"]
SYSTEMS += parsers.MOBILE_OS_FAMILIES + parsers.PC_OS_FAMILIES + parsers.TOUCH_CAPABLE_OS_FAMILIES
DEVICES = ["Other", "Spider", "Blackberry 9900", "Blackberry 9500", *parsers.MOBILE_DEVICE_FAMILIES]
DEVICES += parsers.TABLET_DEVICE_FAMILIES + parsers.TOUCH_CAPABLE_DEVICE_FAMILIES
VERSIONS = ["", "8.1", "10", "ME", "RT", "RT 8", "CE"]


def by_the_package(seen: Seen) -> tuple[bool, ...]:
    agent = object.__new__(parsers.UserAgent)  # its constructor would parse
    agent.ua_string = seen.text
    agent.browser = parsers.Browser(seen.browser, (), "")
    agent.os = parsers.OperatingSystem(seen.system, (), seen.system_version)
    agent.device = parsers.Device(seen.device, None, None)
    return agent.is_mobile, agent.is_tablet, agent.is_pc, agent.is_touch_capable, agent.is_bot


def by_our_functions(seen: Seen) -> tuple[bool, ...]:
    tablet = agent_flags.is_tablet(seen)
    mobile = agent_flags.is_mobile(seen, is_a_tablet=tablet)
    return mobile, tablet, agent_flags.is_pc(seen), agent_flags.is_touch_capable(seen), agent_flags.is_bot(seen)


def test_the_flags_are_those_of_the_package_for_every_combination_that_it_looks_at() -> None:
    systems = [(name, version) for name in SYSTEMS for version in (VERSIONS if name == "Windows" else ("", "8.1"))]
    seen = [
        Seen(text, browser, *system, device)
        for text, browser, system, device in product(MARKS, BROWSERS, systems, DEVICES)
    ]
    assert len(seen) > 100_000
    assert [each for each in seen if by_our_functions(each) != by_the_package(each)] == []


def test_programs_that_read_mail_are_those_of_the_package() -> None:
    assert agent_flags._EMAIL_PROGRAMS == parsers.EMAIL_PROGRAM_FAMILIES
    assert agent_flags.is_email_client("Thunderbird")
    assert not agent_flags.is_email_client("Firefox")
