"""URLs as the log shows them: paths with their content types, query strings, referers, cookies, forwarded addresses.

Values are made as clients send them and encoded on top of that: what a client had encoded is encoded twice.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from shared.synth.cloudfront.encoding import logged

MEDIA = {
    "m4s": "video/iso.segment",
    "ts": "video/mp2t",
    "m3u8": "application/vnd.apple.mpegurl",
    "mpd": "application/dash+xml",
}
WEB = {
    "js": "text/javascript;%20charset=utf-8",
    "css": "text/css;%20charset=utf-8",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "html": "text/html;%20charset=UTF-8",
    "": "text/html;%20charset=UTF-8",
    "json": "application/json",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
}
LOG_SIZES = {"m4s": 13.2, "ts": 13.2, "m3u8": 7.5, "mpd": 7.9, "jpg": 10.8, "png": 10.2, "webp": 10.4, "woff2": 10.0}
_WORDS = (
    "live", "vod", "show", "season", "episode", "music", "sport", "news", "kids", "film", "trailer", "assets",
    "static", "image", "player", "api", "catalog",
)  # fmt: skip


def _numbers(rng: np.random.Generator, count: int, width: int) -> list[list[int]]:
    """Rows of `width` random numbers: drawn at once, because a call per value would take seconds."""
    rows: list[list[int]] = rng.integers(0, 1 << 48, (count, width)).tolist()
    return rows


def paths(rng: np.random.Generator, endings: Sequence[str]) -> list[str]:
    """One path per ending; 1 in 100 has a blank that the client encoded."""
    drawn = _numbers(rng, len(endings), 7)
    return [logged(_path(ending, *numbers)) for ending, numbers in zip(endings, drawn, strict=True)]


def _path(ending: str, depth: int, name: int, copy: int, *words: int) -> str:
    digits = 4 + 4 * (name % 3)
    file = f"{name:012x}"[:digits] + ("%20copy" if copy % 100 == 0 else "") + (f".{ending}" if ending else "")
    return "/".join(["", *(_WORDS[word % len(_WORDS)] for word in words[: 1 + depth % 4]), file])


def web_queries(rng: np.random.Generator, count: int) -> list[str]:
    """Versions, campaign parameters, a token now and then; mostly nothing."""

    def query(kind: int, version: int, click: int, token: int) -> str:
        share = kind % 100
        if share < 70:
            return "-"
        if share < 85:
            return f"v={version % 2000}"
        if share < 98:
            return f"utm_source=newsletter&utm_medium=email%2Bweb&gclid={click:012x}{token % 4096:03x}"
        return f"token={token:012x}&lang=de"

    return [logged(query(*numbers)) for numbers in _numbers(rng, count, 4)]


def media_queries(rng: np.random.Generator, count: int) -> list[str]:
    """Common Media Client Data (CTA-5004), CloudFront signed URLs, both, or nothing."""
    bitrates = (800, 1600, 3200, 6400)

    def cmcd(numbers: Sequence[int]) -> str:
        buffer, bitrate, show, throughput, session, stall = numbers
        return (
            f"CMCD=bl%3D{buffer % 300 * 100}%2Cbr%3D{bitrates[bitrate % 4]}%2Ccid%3D%22show-{show % 400}%22%2Cd%3D4000"
            f"%2Cmtp%3D{throughput % 900 * 100}%2Cot%3Dv%2Csf%3Dh%2Csid%3D%22{session:012x}%22"
            f"{'%2Cbs' if stall % 33 == 0 else ''}"
        )

    def signed(key: int) -> str:
        signature = base64.b64encode(rng.bytes(96)).decode().translate(str.maketrans("+=/", "-_~"))
        return f"Expires=1800000000&Signature={signature}&Key-Pair-Id=KEXAMPLE{key % 20 + 10}"

    def query(kind: int, key: int, *session: int) -> str:
        share = kind % 100
        if share < 25:
            return "-"
        if share < 80:
            return cmcd(session)
        return signed(key) if share < 93 else f"{cmcd(session)}&{signed(key)}"

    return [logged(query(*numbers)) for numbers in _numbers(rng, count, 8)]


def referers(rng: np.random.Generator, count: int) -> list[str]:
    """Own pages, a search engine, or none."""

    def referer(kind: int, word: int, page: int) -> str:
        share, topic = kind % 100, _WORDS[word % len(_WORDS)]
        if share < 32:
            return "-"
        if share < 85:
            return f"https://www.example.com/{topic}/{page % 5000:04x}"
        return f"https://search.example.net/?q={topic}%20{page % 5000}"

    return [logged(referer(*numbers)) for numbers in _numbers(rng, count, 3)]


def cookies(rng: np.random.Generator, count: int) -> list[str]:
    """Session cookies."""
    return [logged(f"session={session:012x}; lang=en") for (session,) in _numbers(rng, count, 1)]


def forwarded(addresses: Sequence[str]) -> list[str]:
    """X-Forwarded-For in the shapes that proxies send, well-formed and not."""
    shapes = ("{ip}", "{ip}, 10.0.0.7", "{ip},192.168.1.20", "{ip}:443", "unknown, {ip}")
    return [logged(shapes[rank % len(shapes)].format(ip=ip)) for rank, ip in enumerate(addresses)]
