"""User agents as a streaming site sees them: a few that half of the requests carry, and a long tail of single builds.

All strings are composed here: the head and the named clients from lists, the tail from templates with random versions,
builds and devices.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_MAJORS = (139, 140, 141, 142)
_IOS = ("17_6", "18_5", "18_6", "26_1")
_DEVICES = (
    "Pixel 6", "Pixel 7a", "Pixel 8", "Pixel 9 Pro", "SM-A155F", "SM-A546B", "SM-G991B", "SM-S911B", "SM-S928U",
    "SM-X710", "Redmi Note 12", "22101316G", "2201117TG", "CPH2477", "CPH2591", "V2247", "moto g84 5G", "M2101K6G",
    "RMX3760", "XQ-DC54",
)  # fmt: skip
_SCRIPTS = ("python-requests", "Python-urllib", "curl", "Java", "aiohttp")
_APPS = ("ExampleTV", "ExampleNews", "ExampleKids", "ExampleSport")

_CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
)
_TOOLS = (
    "-",
    "curl/8.9.1",
    "python-requests/2.32.3",
    "okhttp/4.12.0",
    "Go-http-client/2.0",
    "axios/1.7.7",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Amazon CloudFront",
)
_AI_CRAWLERS = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
    "Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
)
_PLAYERS = (
    "ExampleTV/5.2.1 (Linux;Android 14) ExoPlayerLib/2.19.1",
    "ExampleTV/5.3.0 (Linux;Android 15) AndroidXMedia3/1.4.1",
    "AppleCoreMedia/1.0.0.22G86 (Apple TV; U; CPU OS 18_6 like Mac OS X; en_us)",
    "AppleCoreMedia/1.0.0.22F76 (iPhone; U; CPU OS 18_5 like Mac OS X; de_de)",
    "VLC/3.0.21 LibVLC/3.0.21",
    "Lavf/60.16.100",
    "Roku/DVP-14.0 (14.0.0.4521-CA)",
    "Kodi/21.1 (X11; Linux x86_64) Ubuntu/24.04 App_Bitness/64 Version/21.1-(21.1.0)",
    "GStreamer souphttpsrc 1.24.8 libsoup/3.4.4",
    f"Mozilla/5.0 (X11; Linux armv7l) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36 CrKey/1.56.500000",
    f"Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) {_WEBKIT} Version/8.0 TV Safari/537.36",
    f"Mozilla/5.0 (Web0S; Linux/SmartTV) {_WEBKIT} Chrome/120.0.6099.270 Safari/537.36 WebAppManager",
    f"Mozilla/5.0 (Linux; Android 9; AFTKA Build/PS7684) {_WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (PlayStation; PlayStation 5/9.60) AppleWebKit/605.1.15 (KHTML, like Gecko)",
)
_OTHERS = (
    "Mozilla/5.0 (compatible; DuckDuckBot/1.1; +https://duckduckgo.com/duckduckbot)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "WhatsApp/2.24.20.89 A",
    "Wget/1.24.5",
    "Java/17.0.12",
    "PexipInfinity/36.0",
    "ELB-HealthChecker/2.0",
)

PLAYERS = _PLAYERS
"""Media players and television sets: the ones that ask for segments."""


def _head() -> list[str]:
    agents = [*_CRAWLERS, *_TOOLS]
    for major in _MAJORS:
        chrome = f"Chrome/{major}.0.0.0"
        agents += [
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} {chrome} Safari/537.36",
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} {chrome} Safari/537.36",
            f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} {chrome} Mobile Safari/537.36",
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} {chrome} Safari/537.36 Edg/{major}.0.0.0",
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{major}.0) Gecko/20100101 Firefox/{major}.0",
        ]
    for version in _IOS:
        safari = f"Version/{version.replace('_', '.')}"
        webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
        agents += [
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) {webkit} {safari} Mobile/15E148 Safari/604.1",
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} {safari} Safari/605.1.15",
        ]
    return agents


def _tail(rng: np.random.Generator) -> Iterator[str]:
    """Single builds without end: web views, in-app browsers, apps, television sets, scripts."""

    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    def pick(values: tuple[str, ...]) -> str:
        return values[number(0, len(values))]

    def chrome() -> str:
        return f"Chrome/{number(110, 143)}.0.{number(5000, 7500)}.{number(10, 200)}"

    def android() -> str:
        build = f"{pick(('UP1A', 'TP1A', 'AP3A', 'BP2A'))}.{number(220000, 260000)}.{number(1, 30):03d}"
        return f"Linux; Android {number(9, 16)}; {pick(_DEVICES)} Build/{build}"

    def web_view() -> str:
        return f"Mozilla/5.0 ({android()}; wv) {_WEBKIT} Version/4.0 {chrome()} Mobile Safari/537.36"

    def iphone() -> str:
        return f"iPhone; CPU iPhone OS {number(15, 19)}_{number(0, 7)}_{number(0, 4)} like Mac OS X"

    def phone_chrome() -> str:
        return f"Mozilla/5.0 ({android()}) {_WEBKIT} {chrome()} Mobile Safari/537.36"

    def social_android() -> str:
        return f"{web_view()} [FB_IAB/FB4A;FBAV/{number(400, 540)}.0.0.{number(1, 60)}.{number(50, 120)};]"

    def social_ios() -> str:
        app = f"Instagram {number(300, 400)}.0.0.{number(1, 40)}.{number(50, 120)}"
        model = f"iPhone{number(12, 18)},{number(1, 6)}; en_US"
        return f"Mozilla/5.0 ({iphone()}) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 {app} ({model})"

    def apple_app() -> str:
        network = f"CFNetwork/{number(1300, 1600)}.{number(0, 9)} Darwin/{number(21, 26)}.{number(0, 7)}.0"
        return f"{pick(_APPS)}/{number(100, 9999)} {network}"

    def android_app() -> str:
        app = f"{pick(_APPS)}/{number(1, 9)}.{number(0, 30)}.{number(0, 20)}"
        return f"{app} ({pick(_DEVICES)}; Android {number(9, 16)}) okhttp/4.{number(9, 13)}.0"

    def windows_chrome() -> str:
        return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} {chrome()} Safari/537.36"

    def mac_chrome() -> str:
        system = f"Macintosh; Intel Mac OS X 10_{number(13, 16)}_{number(0, 8)}"
        return f"Mozilla/5.0 ({system}) {_WEBKIT} {chrome()} Safari/537.36"

    def television() -> str:
        system = f"Linux; Tizen {number(4, 9)}.{number(0, 6)}; SmartTV"
        return f"Mozilla/5.0 ({system}) {_WEBKIT} {chrome()} TV Safari/537.36"

    def script() -> str:
        return f"{pick(_SCRIPTS)}/{number(1, 9)}.{number(0, 99)}.{number(0, 99)}"

    makers: dict[Callable[[], str], float] = {
        web_view: 0.30,
        social_android: 0.12,
        social_ios: 0.12,
        phone_chrome: 0.12,
        windows_chrome: 0.10,
        apple_app: 0.08,
        android_app: 0.06,
        mac_chrome: 0.04,
        television: 0.03,
        script: 0.03,
    }
    choices, shares = list(makers), list(makers.values())
    while True:
        for choice in rng.choice(len(choices), size=1024, p=shares):
            yield choices[choice]()


def user_agents(count: int, rng: np.random.Generator) -> list[str]:
    """`count` different user agents as clients send them, the most used first."""
    head = _head()
    named = [*_AI_CRAWLERS, *_PLAYERS, *_OTHERS]
    tail = list(itertools.islice(_distinct(itertools.chain(named, _tail(rng)), set(head)), max(0, count - len(head))))
    rng.shuffle(head)
    rng.shuffle(tail)
    return [*head, *tail][:count]


def _distinct(values: Iterator[str], seen: set[str]) -> Iterator[str]:
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value
