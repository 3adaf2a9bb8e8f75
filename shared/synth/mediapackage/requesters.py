"""Who asks an origin: CDNs and ad inserters from few addresses, and players that go past them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shared.synth.agents import PLAYERS
from shared.synth.population import Population, zipf

ENCODER = "AWSElementalMediaLive"
_CDNS = {"Amazon CloudFront": 0.84, "AWSElementalMediaTailor": 0.09, "Fastly": 0.07}
_EDGES = 96  # addresses of each
_VIEWERS = 4_000


@dataclass(frozen=True)
class Requesters:
    """Pairs of user agent and address: `cdns` of one agent each, `directs` of players."""

    agents: Population
    cdns: Population
    agent_of_cdn: npt.NDArray[np.int32]
    directs: Population
    agent_of_direct: npt.NDArray[np.int32]


@lru_cache(maxsize=2)
def requesters(seed: int) -> Requesters:
    """Those of a seed. Addresses are of the benchmark and documentation blocks (RFC 2544, RFC 3849)."""
    rng = np.random.default_rng([seed, 5])
    names = list(_CDNS)
    edges = [f"198.18.{cdn}.{edge + 1}" for cdn in range(len(names)) for edge in range(_EDGES)]
    weights = np.concatenate([share * zipf(_EDGES, 3, 0.8) / zipf(_EDGES, 3, 0.8).sum() for share in _CDNS.values()])
    viewers = [
        f"2001:db8:{place:x}::{place % 251 + 1:x}" if place % 4 == 0 else f"198.19.{place >> 8 & 255}.{place & 255}"
        for place in range(_VIEWERS)
    ]
    return Requesters(
        agents=Population.of([*names, *PLAYERS]),
        cdns=Population.of(edges, weights),
        agent_of_cdn=np.repeat(np.arange(len(names), dtype=np.int32), _EDGES),
        directs=Population.of(viewers, zipf(_VIEWERS, 20, 0.8)),
        agent_of_direct=rng.integers(len(names), len(names) + len(PLAYERS), _VIEWERS, dtype=np.int32),
    )
