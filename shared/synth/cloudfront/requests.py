"""Drawing requests: from a slice of time and a random generator to columns, one Arrow string column per log field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.cloudfront.population import Populations
from shared.synth.columns import dates, fixed_width, numbers, take
from shared.synth.population import Codes
from shared.synth.slices import Slice

Columns = Mapping[str, pa.StringArray | pa.StringScalar]
"""Field name as in v2 JSON to one value per request, or to the one value that all have."""

_NULL = pa.scalar("-")
_ID_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" * 4, dtype=np.uint8)


@dataclass(frozen=True)
class Distribution:
    """A distribution with its domain and the names that viewers call it by."""

    id: str
    domain: str
    host: str

    @classmethod
    def number(cls, rank: int) -> Distribution:
        """The distribution of that rank; the first serves most of the traffic."""
        site = ("www.example.com", "video.example.com", "static.example.net", "live.example.net")[rank % 4]
        return cls(f"E2EXAMPLE{rank:05d}", f"d{222222 + rank}abcdef8.cloudfront.net", site)


@dataclass(frozen=True)
class Requests:
    """`count` requests; those where `is_early` is set happened an hour before the slice."""

    columns: Columns
    is_early: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.is_early)


def draw_requests(
    rng: np.random.Generator,
    pools: Populations,
    distribution: Distribution,
    slice_: Slice,
    *,
    count: int,
    early_share: float = 0.0,
) -> Requests:
    """Draw `count` requests, in time order but for the early ones."""
    seconds = np.sort(rng.integers(slice_.first, slice_.end, count))
    is_early = rng.random(count) < early_share
    at = slice_.hour_s + seconds - 3600 * is_early

    paths = pools.paths.draw(rng, count)
    is_media = pools.is_media_path[paths]
    ips = pools.ips.draw(rng, count)
    methods = pools.methods.draw(rng, count)
    outcomes = pools.outcomes.draw(rng, count)
    connections = pools.connections.draw(rng, count)
    status, result, response_result, detail = (take(column, outcomes) for column in pools.outcome_columns)
    protocol, tls, cipher, http = (take(column, connections) for column in pools.connection_columns)

    has_body = pools.has_body[outcomes] & (methods != pools.head_method)
    body = np.where(has_body, _body_bytes(rng, pools.log_size_of_path[paths]), 0)
    header = np.where(pools.is_hung_up[outcomes], 0, rng.integers(220, 420, count))
    is_partial = pools.is_partial[outcomes]
    from_origin = pools.is_from_origin[outcomes]
    range_start = np.where(rng.random(count) < 0.5, 0, 1 << rng.integers(16, 24, count))
    taken_ms = np.minimum(rng.lognormal(-3.5, 1.6, count) * 1000 + 1, len(pools.milliseconds) - 1).astype(np.int32)
    time_taken = take(pools.milliseconds, taken_ms)
    first_byte = take(pools.milliseconds, (taken_ms * 0.7).astype(np.int32))
    return Requests(
        {
            "timestamp(ms)": numbers(at * 1000 + rng.integers(0, 1000, count)),
            "timestamp": numbers(at),
            "DistributionId": pa.scalar(distribution.id),
            "date": dates(at),
            "time": take(pools.times_of_day, (at % 86_400).astype(np.int32)),
            "x-edge-location": take(pools.edges.values, pools.edges.draw(rng, count)),
            "sc-bytes": numbers(body + header),
            "c-ip": take(pools.ips.values, ips),
            "cs-method": take(pools.methods.values, methods),
            "cs(Host)": pa.scalar(distribution.domain),
            "cs-uri-stem": take(pools.paths.values, paths),
            "sc-status": status,
            "cs(Referer)": take(pools.referers.values, pools.referers.draw(rng, count)),
            "cs(User-Agent)": take(pools.agents.values, _agents(rng, pools, is_media)),
            "cs-uri-query": _queries(rng, pools, is_media),
            "cs(Cookie)": take(pools.cookies.values, pools.cookies.draw(rng, count)),
            "x-edge-result-type": result,
            "x-edge-request-id": _request_ids(rng, count),
            "x-host-header": _hosts(rng, distribution, count),
            "cs-protocol": protocol,
            "cs-bytes": take(pools.small_numbers, rng.integers(40, 900, count, dtype=np.int32)),
            "time-taken": time_taken,
            "x-forwarded-for": take(pools.forwarded.values, pools.forwarded.draw(rng, count)),
            "ssl-protocol": tls,
            "ssl-cipher": cipher,
            "x-edge-response-result-type": response_result,
            "cs-protocol-version": http,
            "fle-status": _NULL,
            "fle-encrypted-fields": _NULL,
            "c-port": take(pools.small_numbers, rng.integers(1024, 65535, count, dtype=np.int32)),
            "time-to-first-byte": first_byte,
            "x-edge-detailed-result-type": detail,
            "sc-content-type": _where(has_body, take(pools.content_type_of_path, paths)),
            "sc-content-len": _where(has_body & (rng.random(count) < 0.9), numbers(body)),
            "sc-range-start": _where(is_partial, numbers(range_start)),
            "sc-range-end": _where(is_partial, numbers(range_start + np.maximum(body, 1) - 1)),
            "origin-fbl": _where(from_origin, first_byte),
            "origin-lbl": _where(from_origin, time_taken),
            "asn": take(pools.asn_of_ip, ips),
            "c-country": take(pools.country_of_ip, ips),
            "cache-behavior-path-pattern": take(pools.path_pattern_of_path, paths),
        },
        is_early,
    )


def _where(mask: npt.NDArray[np.bool_], values: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pa.array(mask), values, _NULL)


def _body_bytes(
    rng: np.random.Generator, log_size: npt.NDArray[np.float64], spread: float = 1.6
) -> npt.NDArray[np.int64]:
    # The cap keeps the tail below the size of a film; a response may exceed 2^31 bytes.
    return np.minimum(rng.lognormal(log_size, spread), 5e9).astype(np.int64)


def _agents(rng: np.random.Generator, pools: Populations, is_media: npt.NDArray[np.bool_]) -> Codes:
    """A third of the segment requests come from players and television sets, the rest from anyone."""
    codes = pools.agents.draw(rng, len(is_media))
    by_player = np.flatnonzero(is_media & (rng.random(len(is_media)) < 0.35))
    codes[by_player] = rng.choice(pools.players, len(by_player))
    return codes


def _queries(rng: np.random.Generator, pools: Populations, is_media: npt.NDArray[np.bool_]) -> pa.StringArray:
    codes = pools.web_queries.draw(rng, len(is_media))
    codes[is_media] += len(pools.web_queries.values)
    return take(pa.concat_arrays([pools.web_queries.values, pools.media_queries.values]), codes)


def _hosts(rng: np.random.Generator, distribution: Distribution, count: int) -> pa.StringArray:
    is_direct = rng.random(count) < 0.05
    return take(pa.array([distribution.host, distribution.domain]), is_direct.astype(np.int32))


def _request_ids(rng: np.random.Generator, count: int) -> pa.StringArray:
    """54 random letters and `==`: as incompressible as the real ones."""
    letters = np.full((count, 56), ord("="), dtype=np.uint8)
    letters[:, :54] = _ID_LETTERS[np.frombuffer(rng.bytes(count * 54), dtype=np.uint8)].reshape(count, 54)
    return fixed_width(letters)
