"""The populations that requests draw from: clients, paths, queries and outcomes, with the heavy tails of real traffic.

Everything is drawn once per seed and already encoded as the log writes it; a request is then a handful of indexes.
Addresses are of the benchmark and documentation blocks (RFC 2544, RFC 3849), names of example.com and example.net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.synth.agents import PLAYERS, user_agents
from shared.synth.cloudfront import urls
from shared.synth.cloudfront.encoding import logged
from shared.synth.cloudfront.outcomes import CONNECTIONS, OUTCOMES
from shared.synth.columns import TIMES_OF_DAY
from shared.synth.population import Codes, Population, zipf

_AIRPORTS = (
    "FRA", "IAD", "LHR", "CDG", "AMS", "DUB", "MAD", "MXP", "ARN", "WAW", "SFO", "SEA", "LAX", "ORD", "DFW", "ATL",
    "MIA", "YTO", "GRU", "EZE", "NRT", "ICN", "HKG", "SIN", "BOM", "DEL", "SYD", "MEL", "JNB", "DXB", "TLV", "VIE",
)  # fmt: skip
_COUNTRIES = (
    "DE", "US", "GB", "FR", "NL", "IE", "ES", "IT", "SE", "PL", "CA", "BR", "AR", "JP", "KR", "HK", "SG", "IN",
    "AU", "ZA", "AE", "IL", "AT", "CH",
)  # fmt: skip
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE")


@dataclass(frozen=True)
class Populations:
    """All that a request can be made of.

    Arrays named `..._of_path` and `..._of_ip` run along `paths` and `ips`; `outcome_columns` (status, result, response
    result, detailed result) and the masks after it along `outcomes`; `connection_columns` (protocol, TLS version,
    cipher, HTTP version) along `connections`. `log_size_of_path` is the mean of the logarithm of the body's bytes.
    """

    edges: Population
    ips: Population
    country_of_ip: pa.StringArray
    asn_of_ip: pa.StringArray
    agents: Population
    players: Codes
    paths: Population
    content_type_of_path: pa.StringArray
    log_size_of_path: npt.NDArray[np.float64]
    is_media_path: npt.NDArray[np.bool_]
    path_pattern_of_path: pa.StringArray
    web_queries: Population
    media_queries: Population
    referers: Population
    methods: Population
    head_method: int
    cookies: Population
    outcomes: Population
    outcome_columns: tuple[pa.StringArray, ...]
    has_body: npt.NDArray[np.bool_]
    is_partial: npt.NDArray[np.bool_]
    is_hung_up: npt.NDArray[np.bool_]
    is_from_origin: npt.NDArray[np.bool_]
    connections: Population
    connection_columns: tuple[pa.StringArray, ...]
    forwarded: Population
    times_of_day: pa.StringArray
    milliseconds: pa.StringArray
    small_numbers: pa.StringArray


@lru_cache(maxsize=2)
def populations(seed: int, agents: int = 20_000) -> Populations:
    """The populations of a seed; made once per process."""
    rng = np.random.default_rng([seed, 1])
    ips = _addresses(rng)
    agent_values = user_agents(agents, rng)
    players = set(PLAYERS)
    endings = [*urls.MEDIA, *urls.WEB]
    # Half of the paths are segments and play lists: that is what a streaming site serves.
    ending_of_path = rng.choice(len(endings), 50_000, p=_normalised([8, 6, 2, 1] + [1.7] * len(urls.WEB)))
    chosen = [endings[ending] for ending in ending_of_path]
    content_types = {**urls.MEDIA, **urls.WEB}
    home = rng.choice(len(_COUNTRIES), len(ips), p=_normalised(zipf(len(_COUNTRIES), 1, 0.9)))
    networks = rng.integers(0, 16, len(ips))
    outcome_columns, outcomes = _joint(OUTCOMES)
    connection_columns, connections = _joint(CONNECTIONS)
    return Populations(
        edges=Population.of(_edges(), zipf(len(_AIRPORTS) * 12, 3, 0.8)),
        ips=Population.of(ips, zipf(len(ips), 50, 0.75)),
        country_of_ip=pa.array([_COUNTRIES[country] for country in home], pa.string()),
        asn_of_ip=pa.array([str(64496 + network) for network in networks], pa.string()),
        agents=Population.of(map(logged, agent_values), zipf(len(agent_values), 3, 1.05)),
        players=np.flatnonzero([agent in players for agent in agent_values]).astype(np.int32),
        paths=Population.of(urls.paths(rng, chosen), zipf(len(chosen), 5, 0.95)),
        content_type_of_path=pa.array([content_types[ending] for ending in chosen], pa.string()),
        log_size_of_path=np.array([urls.LOG_SIZES.get(ending, 8.6) for ending in chosen]),
        is_media_path=np.array([ending in urls.MEDIA for ending in chosen]),
        path_pattern_of_path=pa.array(
            [f"/{ending}/*" if ending in urls.MEDIA else "*" for ending in chosen], pa.string()
        ),
        web_queries=Population.of(urls.web_queries(rng, 20_000)),
        media_queries=Population.of(urls.media_queries(rng, 20_000)),
        referers=Population.of(urls.referers(rng, 9_500)),
        methods=Population.of(_METHODS, [0.93, 0.02, 0.037, 0.01, 0.002, 0.001]),
        head_method=_METHODS.index("HEAD"),
        cookies=Population.of(["-", *urls.cookies(rng, 500)], [500 / 0.02] + [1] * 500),
        outcomes=outcomes,
        outcome_columns=outcome_columns,
        has_body=np.array([status not in ("304", "000") for status, *_ in OUTCOMES]),
        is_partial=np.array([status == "206" for status, *_ in OUTCOMES]),
        is_hung_up=np.array([status == "000" for status, *_ in OUTCOMES]),
        is_from_origin=np.array([result == "Miss" or "Origin" in detail for _, result, _, detail, _ in OUTCOMES]),
        connections=connections,
        connection_columns=connection_columns,
        forwarded=Population.of(["-", *urls.forwarded(ips[:1000])], [1000 / 0.015] + [1] * 1000),
        times_of_day=pa.array(TIMES_OF_DAY),
        milliseconds=pa.array([f"{value // 1000}.{value % 1000:03d}" for value in range(1 << 16)]),
        small_numbers=pa.array([str(value) for value in range(1 << 16)]),
    )


def _normalised(weights: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum(), dtype=np.float64)


def _joint(rows: Sequence[tuple[str, str, str, str, float]]) -> tuple[tuple[pa.StringArray, ...], Population]:
    *columns, shares = zip(*rows, strict=True)
    return tuple(pa.array(column, pa.string()) for column in columns), Population.of(map(str, range(len(rows))), shares)


def _edges() -> list[str]:
    return [
        f"{airport}{number}{suffix}"
        for number in (50, 53, 60, 89)
        for suffix in ("-P1", "-C2", "-P3")
        for airport in _AIRPORTS
    ]


def _addresses(rng: np.random.Generator) -> list[str]:
    v4 = rng.choice(1 << 17, 120_000, replace=False)
    v6 = rng.integers(0, 1 << 16, (40_000, 3))
    values = [f"198.{18 + (host >> 16)}.{host >> 8 & 255}.{host & 255}" for host in v4.tolist()]
    values += dict.fromkeys(f"2001:db8:{site:x}:{net:x}::{host:x}" for site, net, host in (v6 | 1).tolist())
    rng.shuffle(values)
    return values
