"""The questions that people ask of CDN logs, each answered by SQL and by counting the raw lines by hand."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest
from user_agents import parse

from shared.lake.lake import Lake
from shared.query.duck import run_sql

Line = Mapping[str, str]


@pytest.fixture(scope="module")
def lines(raw: Path) -> list[Line]:
    """The distinct requests, read from the raw objects without any of loglake."""
    found: dict[str, Line] = {}
    copies = 0
    for path in sorted(raw.rglob("*.gz")):
        names: list[str] = []
        for text in gzip.decompress(path.read_bytes()).decode().splitlines():
            if text.startswith("#Fields:"):
                names = text.split()[1:]
            elif not text.startswith("#"):
                line = dict(zip(names, text.split("\t"), strict=True), distribution=path.name.partition(".")[0])
                copies += 1
                found[line["x-edge-request-id"]] = line
    assert copies > len(found) > 1000
    return list(found.values())


def test_bots_by_address_and_edge(lake: Lake, lines: list[Line]) -> None:
    bots = Counter(
        (line["c-ip"], line["x-edge-location"])
        for line in lines
        if parse(unquote(unquote(line["cs(User-Agent)"]))).is_bot
    )
    answer = run_sql(
        lake,
        """
        SELECT count(*) AS requests, client_ip, edge_location FROM cloudfront_requests
        WHERE is_bot GROUP BY client_ip, edge_location ORDER BY requests DESC
        """,
    ).to_pylist()
    assert {(row["client_ip"], row["edge_location"]): row["requests"] for row in answer} == bots
    assert len(bots) > 5


def test_bytes_by_distribution_and_edge(lake: Lake, lines: list[Line]) -> None:
    sent: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sent[line["distribution"], line["x-edge-location"]] += int(line["sc-bytes"])
    answer = run_sql(
        lake,
        """
        SELECT distribution_id, edge_location, sum(bytes_sent) AS bytes FROM cloudfront_requests
        GROUP BY distribution_id, edge_location
        """,
    ).to_pylist()
    assert {(row["distribution_id"], row["edge_location"]): row["bytes"] for row in answer} == sent
    assert len({distribution for distribution, _ in sent}) == 2


def test_top_50_viewers(lake: Lake, lines: list[Line]) -> None:
    viewers = Counter(line["c-ip"] for line in lines)
    answer = run_sql(
        lake,
        """
        SELECT client_ip, count(*) AS requests FROM cloudfront_requests
        GROUP BY client_ip ORDER BY requests DESC, client_ip LIMIT 50
        """,
    ).to_pylist()
    expected = sorted(viewers.items(), key=lambda item: (-item[1], item[0]))[:50]
    assert [(row["client_ip"], row["requests"]) for row in answer] == expected
    assert len(answer) == 50
