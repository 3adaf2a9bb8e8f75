from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from shared.enrich import clients, exact_re2
from shared.enrich.clients import ParsedAgent, classify
from shared.enrich.user_agent import parse_user_agent
from shared.tables.vocabulary import USER_AGENT
from tests.enrich.rule_made import made_from_all

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
DESKTOP = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"
CUBOT_PHONE = f"Mozilla/5.0 (Linux; Android 9; CUBOT_X18) {WEBKIT}"

CLIENTS = [
    # players, and the places where they play
    ("AppleCoreMedia/1.0.0.20G75 (iPhone; U; CPU OS 16_6 like Mac OS X; en_us)", "player", "AVPlayer", "Apple"),
    ("AppleCoreMedia/1.0.0.20K71 (Apple TV; U; CPU OS 16_1 like Mac OS X; en_us)", "tv", "Apple TV", "Apple"),
    ("ExamplePlay/3.2 (Linux;Android 13) ExoPlayerLib/2.18.1", "player", "ExoPlayer", "Google"),
    ("ExamplePlay/3.2 (Linux; Android 11; AFTKA) AndroidXMedia3/1.2.0", "tv", "Fire TV", "Amazon"),
    ("Roku/DVP-12.5 (12.5.0.4178-46)", "tv", "Roku", "Roku"),
    ("VLC/3.0.18 LibVLC/3.0.18", "player", "VLC", "VideoLAN"),
    ("Lavf/58.29.100", "player", "FFmpeg", None),
    ("Kodi/20.2 (Windows; Windows NT 10.0)", "player", "Kodi", "Kodi"),
    ("GStreamer souphttpsrc 1.20.3 libsoup/2.74", "player", "GStreamer", None),
    (f"Mozilla/5.0 (X11; Linux armv7l) {WEBKIT} Chrome/90.0 Safari/537.36 CrKey/1.56.5", "tv", "Chromecast", "Google"),
    (f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) {WEBKIT} TV Safari/537.36", "tv", "Samsung TV", "Samsung"),
    (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {WEBKIT} Chrome/87.0.4280.88 Safari/537.36", "tv", "LG TV", "LG"),
    (f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {WEBKIT} Safari/605.1.15", "console", "PlayStation", "Sony"),
    (f"Mozilla/5.0 (Windows NT 10.0; Xbox; Xbox One) {WEBKIT} Edge/20.02", "console", "Xbox", "Microsoft"),
    # meetings
    ("Pexip Infinity Connect/1.14.0 (Windows)", "conferencing", "Pexip", "Pexip"),
    (DESKTOP.replace("Chrome", "Teams/1.5.00.33362 Chrome"), "conferencing", "Microsoft Teams", "Microsoft"),
    ("Polycom/RealPresence Group 500/6.2.2", "conferencing", "Polycom", "HP Poly"),
    ("TANDBERG/529 (ce 9.15)", "conferencing", "Cisco TelePresence", "Cisco"),
    ("zoom.us/5.16 (Windows NT 10.0)", "conferencing", "Zoom", "Zoom"),
    # robots, most of them dressed as a browser
    (f"{DESKTOP} (compatible; GPTBot/1.2; +https://example.com/gptbot)", "ai_crawler", "GPTBot", "OpenAI"),
    (f"{DESKTOP} (compatible; Claude-User/1.0)", "ai_crawler", "Claude-User", "Anthropic"),
    (f"{DESKTOP} (compatible; PerplexityBot/1.0)", "ai_crawler", "PerplexityBot", "Perplexity"),
    ("meta-externalagent/1.1 (+https://example.com/crawler)", "ai_crawler", "meta-externalagent", "Meta"),
    ("CCBot/2.0 (https://example.com/faq/)", "ai_crawler", "CCBot", "Common Crawl"),
    (f"{DESKTOP} (compatible; Googlebot/2.1; +http://example.com/bot.html)", "bot", "Googlebot", "Google"),
    (f"{DESKTOP} (Applebot/0.1)", "bot", "Applebot", "Apple"),
    ("facebookexternalhit/1.1", "bot", "facebookexternalhit", "Meta"),
    (f"{DESKTOP} SomeBot/1.0", "bot", "SomeBot", None),
    (f"{DESKTOP} Checker/2.0 (https://example.com/)", "bot", None, None),
    ("SomeCrawler/2.0", "bot", "SomeCrawler", None),
    ("ELB-HealthChecker/2.0", "monitor", "ELB-HealthChecker", "Amazon"),
    # tools and services
    ("curl/8.5.0", "tool", "curl", None),
    ("python-requests/2.31.0", "tool", "python-requests", None),
    ("okhttp/4.12.0", "tool", "okhttp", None),
    ("Amazon CloudFront", "other", "Amazon CloudFront", "Amazon"),
    # people
    (DESKTOP, "browser", "Chrome", "Google"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "browser",
        "Firefox",
        "Mozilla",
    ),
    ("ExampleNews/42 CFNetwork/1410.0.3 Darwin/22.6.0", "app", "ExampleNews", None),
    ("ExampleNews/4.2 (iPhone; iOS 17.1; Scale/3.00)", "app", "ExampleNews", None),
    ("SomethingElse/9", "other", "SomethingElse", None),
    ("x", "other", None, None),
    # no rule may take these for what they merely resemble
    (f"{CUBOT_PHONE} Chrome/119.0.0.0 Mobile Safari/537.36", "browser", "Chrome Mobile", "Google"),
    ("Complex/1.0 (monopoly craft after)", "other", "Complex", None),
]


@pytest.mark.parametrize(("text", "kind", "name", "operator"), CLIENTS, ids=[text[-40:] for text, *_ in CLIENTS])
def test_clients_are_told(text: str, kind: str, name: str | None, operator: str | None) -> None:
    columns = parse_user_agent(text)
    assert (columns.client_kind, columns.client_name, columns.client_operator) == (kind, name, operator)


def test_a_robot_by_the_package_is_a_robot_here() -> None:
    assert classify("Unnamed", ParsedAgent("Other", is_bot=True, is_email_client=False)).kind == "bot"


def test_people_in_the_corpus_are_not_robots_and_robots_are_not_people(corpus: list[str]) -> None:
    kinds = [parse_user_agent(text).client_kind for text in corpus]
    described = next(column.description for column in USER_AGENT if column.name == "client_kind")
    assert {kind for kind in kinds if kind} <= set(re.findall(r"\w+", described))
    first_crawler = next(index for index, text in enumerate(corpus) if "Googlebot" in text)
    people, robots = kinds[:first_crawler], kinds[first_crawler:]
    assert sum(kind in ("browser", "app", "other") for kind in people) == len(people)
    assert sum(kind in ("browser", "app", "tv", "player", "console") for kind in robots) < 0.04 * len(robots)


def test_names_are_listed_once_and_each_name_as_a_word_is_its_own_client() -> None:
    groups = json.loads(resources.files("shared.enrich").joinpath("clients.json").read_text("utf-8"))
    plain = [(group["kind"], entry) for group in groups for entry in group["clients"] if "match" not in entry]
    names = [entry["name"] for _, entry in plain]
    assert len(names) == len(set(names))
    parsed = ParsedAgent("Other", is_bot=False, is_email_client=False)
    told = [classify(f"{name}/1.0", parsed)[:2] for name in names]
    assert told == [(kind, entry["name"]) for kind, entry in plain]


def test_the_rules_mean_the_same_without_re2(corpus: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = ParsedAgent("Other", is_bot=False, is_email_client=False)
    made = made_from_all([rule.regex for rule in clients._rules()._rules], each=3)
    texts = [*corpus[::12], *(text for text, *_ in CLIENTS), *made]
    with_re2 = [classify(text, parsed) for text in texts]
    monkeypatch.setattr(exact_re2, "re2", None)
    one_by_one = clients._rules.__wrapped__()
    monkeypatch.setattr(clients, "_rules", lambda: one_by_one)
    assert [classify(text, parsed) for text in texts] == with_re2
