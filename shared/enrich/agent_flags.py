"""Mobile, tablet, PC, touch, e-mail: what the `user-agents` package tells from a parsed user agent, in the same words.

Its own properties ask each other and the string again and again, and importing it compiles a second copy of uap-core's
rules, which a process that lives for seconds pays for. These functions say the same once (tests hold them against the
package). What they say is fixed by that package's release, odd as some of it is: newer judgement belongs to `clients`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_MOBILE_DEVICES: Final = frozenset(
    ("iPhone", "iPod", "Generic Smartphone", "Generic Feature Phone", "PlayStation Vita", "iOS-Device")
)
_MOBILE_BROWSERS: Final = frozenset(
    ("IE Mobile", "Opera Mobile", "Opera Mini", "Chrome Mobile", "Chrome Mobile WebView", "Chrome Mobile iOS")
)
_MOBILE_SYSTEMS: Final = frozenset(
    ("Windows Phone", "Windows Phone OS", "Symbian OS", "Bada", "Windows CE", "Windows Mobile", "Maemo")
)
_TABLETS: Final = frozenset(
    (
        "iPad",
        "BlackBerry Playbook",
        "Blackberry Playbook",
        "Kindle",
        "Kindle Fire",
        "Kindle Fire HD",
        "Galaxy Tab",
        "Xoom",
        "Dell Streak",
    )
)
_TOUCH_SYSTEMS: Final = frozenset(
    ("iOS", "Android", "Windows Phone", "Windows CE", "Windows Mobile", "Firefox OS", "MeeGo")
)
_TOUCH_DEVICES: Final = frozenset(("BlackBerry Playbook", "Blackberry Playbook", "Kindle Fire"))
_PC_SYSTEMS: Final = frozenset(("Windows 95", "Windows 98", "Solaris"))
_EMAIL_PROGRAMS: Final = frozenset(
    (
        "Outlook",
        "Windows Live Mail",
        "AirMail",
        "Apple Mail",
        "Thunderbird",
        "Lightning",
        "ThunderBrowse",
        "The Bat!",
        "Lotus Notes",
        "IBM Notes",
        "Barca",
        "MailBar",
        "kmail2",
        "YahooMobileMail",
    )
)


class Seen(NamedTuple):
    """A user agent and what was found in it; a family that is unknown is `Other`."""

    text: str
    browser: str
    system: str
    system_version: str
    device: str


def is_tablet(seen: Seen) -> bool:
    """Tablets by name, and Androids that do not say that they are mobile."""
    if seen.device in _TABLETS:
        return True
    if seen.system == "Android":
        return "Mobile Safari" not in seen.text and seen.browser != "Firefox Mobile"
    if seen.system == "Windows":
        return seen.system_version.startswith("RT")
    return seen.system == "Firefox OS" and "Mobile" not in seen.browser


def is_mobile(seen: Seen, *, is_a_tablet: bool) -> bool:
    """Phones by name of device, browser or system, and by marks in the string."""
    text, browser, system, device = seen.text, seen.browser, seen.system, seen.device
    return (
        device in _MOBILE_DEVICES
        or browser in _MOBILE_BROWSERS
        or (system in ("Android", "Firefox OS") and not is_a_tablet)
        or (system == "BlackBerry OS" and device != "Blackberry Playbook")
        or system in _MOBILE_SYSTEMS
        or "J2ME" in text
        or "MIDP" in text
        or "iPhone;" in text
        or "Googlebot-Mobile" in text
        or (device == "Spider" and "Mobile" in browser)
        or ("NokiaBrowser" in text and "Mobile" in text)
    )


def is_touch_capable(seen: Seen) -> bool:
    """Systems and devices that have a touch screen."""
    if seen.system in _TOUCH_SYSTEMS or seen.device in _TOUCH_DEVICES:
        return True
    if seen.system == "Windows":
        version = seen.system_version
        return version.startswith(("RT", "CE")) or (version.startswith("8") and "Touch" in seen.text)
    return "BlackBerry" in seen.system and ("Blackberry 99" in seen.device or "Blackberry 95" in seen.device)


def is_pc(seen: Seen) -> bool:
    """Windows, Mac, Chrome OS, and Linux with X11."""
    text, system = seen.text, seen.system
    if "Windows NT" in text or system in _PC_SYSTEMS or (system == "Windows" and seen.system_version == "ME"):
        return True
    if system == "Mac OS X" and "Silk" not in text:
        return True
    return "Maemo" not in text and ("Chrome OS" in system or ("Linux" in text and "X11" in text))


def is_bot(seen: Seen) -> bool:
    """Robots by uap-core's word; `clients` knows more."""
    return seen.device == "Spider"


def is_email_client(browser: str) -> bool:
    """Programs that read mail."""
    return browser in _EMAIL_PROGRAMS
