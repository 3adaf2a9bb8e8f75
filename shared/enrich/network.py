"""Country and autonomous system of client addresses, from the user's databases or the registries' allocations.

The user may name MaxMind-format databases (.mmdb) for countries and for autonomous systems; none is shipped. What they
do not know, and everything without them, gets the country to which a regional registry allocated the address (iptocc),
which for about one IPv4 address in twenty differs from where the viewer is: hence `country_source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import iptocc
import maxminddb
import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.addresses import Addresses
from shared.errors import UsageError

FROM_LOG: Final = "log"
FROM_DATABASE: Final = "database"
FROM_REGISTRY: Final = "registry"


class Networks(NamedTuple):
    """Where addresses are: ISO 3166-1 alpha-2 country, where that is known from, and AS number; null where unknown."""

    country: pa.Array
    country_source: pa.Array
    asn: pa.Array


class NetworkLookup:
    """Looks addresses up in the configured databases; open files are shared within the process."""

    def __init__(self, country_database: str | None = None, asn_database: str | None = None) -> None:
        self._countries = _open(country_database) if country_database else None
        self._systems = _open(asn_database) if asn_database else None

    def __call__(self, addresses: Addresses) -> Networks:
        """Networks of the addresses, in order."""
        country = _registered(addresses)
        source = pc.if_else(country.is_valid(), FROM_REGISTRY, None)
        asn = pa.nulls(len(country), pa.int64())
        if self._countries is not None:
            known = pa.array([_country(_record(self._countries, text)) for text in addresses.canonical], pa.string())
            source = pc.if_else(known.is_valid(), FROM_DATABASE, source)
            country = pc.coalesce(known, country)
        if self._systems is not None:
            asn = pa.array([_asn(_record(self._systems, text)) for text in addresses.canonical], pa.int64())
        return Networks(country, source, asn)


def _registered(addresses: Addresses) -> pa.Array:
    """Countries of allocation. Registries allocate no IPv4 network below /24 and no IPv6 one below /48."""
    networks = addresses.truncated.dictionary_encode()
    countries = iptocc.country_code(networks.dictionary.to_pylist())
    return pa.array(countries, pa.string()).take(networks.indices)


@lru_cache(maxsize=8)
def _open(path: str) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise UsageError(
            f"The address database {path} cannot be read: {error}",
            remedy="Give the path of a MaxMind-format file (.mmdb), or leave the setting out.",
        ) from error


def _record(database: maxminddb.Reader, address: str | None) -> Mapping[str, object]:
    if address is None or (":" in address and database.metadata().ip_version == 4):
        return {}
    record = database.get(address)
    return record if isinstance(record, dict) else {}


def _country(record: Mapping[str, object]) -> str | None:
    """The country of a record: {"country": {"iso_code": "NL"}} (MaxMind) or a flat code (other makers)."""
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code", country)
    return code.upper() if isinstance(code, str) and len(code) == 2 else None


def _asn(record: Mapping[str, object]) -> int | None:
    """The AS number of a record: a number (MaxMind), or text like "AS64500" (other makers)."""
    number = record.get("autonomous_system_number", record.get("asn"))
    digits = str(number).upper().removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() else None
