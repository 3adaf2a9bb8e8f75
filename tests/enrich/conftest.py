"""User agents of the wild: the two corpora that are installed for development."""

from __future__ import annotations

import json
import random
import re
from importlib import resources

import crawleruseragents
import pytest


@pytest.fixture(scope="session")
def corpus() -> list[str]:
    lines = resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text("utf-8").splitlines()
    browsers = [json.loads(line)["useragent"] for line in lines]
    crawlers = [text for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    return list(dict.fromkeys(browsers + crawlers))


@pytest.fixture(scope="session")
def edited_corpus(corpus: list[str]) -> list[str]:
    """Strings of the corpus with other numbers, missing or doubled pieces and odd characters, always the same ones."""
    rng = random.Random(20261124)

    def edited(text: str) -> str:
        text = re.sub(r"\d+", lambda m: str(rng.randrange(10 ** len(m[0]))) if rng.random() < 0.3 else m[0], text)
        cut = rng.randrange(len(text))
        end = cut + rng.randrange(6)
        piece = rng.choice(["", "", " ", "x" * 250, "٣", "９", "é", "\t", "\u00a0", text[cut:end] * 2])
        return text[:cut] + piece + text[end:]

    return [edited(rng.choice(corpus)) for _ in range(2500)]
