"""Everything that follows from client addresses, for the distinct addresses of a column at once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.addresses import Addresses, read_addresses
from shared.enrich.network import NetworkLookup
from shared.enrich.privacy import AddressPrivacy
from shared.enrich.settings import EnrichSettings


class ViewerColumns(NamedTuple):
    """The columns of logged addresses; a text that is no address has only `client_ip`, so treated."""

    client_ip: pa.Array
    viewer_id: pa.Array
    ip_version: pa.Array
    country: pa.Array
    country_source: pa.Array
    asn: pa.Array


class Viewers:
    """Looks up logged addresses."""

    def __init__(self, privacy: AddressPrivacy, networks: NetworkLookup) -> None:
        self._privacy = privacy
        self._networks = networks

    def __call__(self, texts: pa.Array) -> ViewerColumns:
        """The columns of a string array; a null text has nulls."""
        present = texts.is_valid()
        if texts.null_count:
            found = self(texts.filter(present))
            places = pc.if_else(present, pc.subtract(pc.cumulative_sum(present.cast(pa.int64())), 1), None)
            return ViewerColumns(*(column.take(places) for column in found))
        addresses = read_addresses(texts)
        return ViewerColumns(
            self._privacy.shown_column(texts, addresses),
            self._privacy.viewer_ids(addresses),
            _versions(addresses),
            *self._networks(addresses),
        )


def _versions(addresses: Addresses) -> pa.Array:
    return pa.array(addresses.version, pa.int32(), mask=addresses.version == 0)


@lru_cache(maxsize=4)
def viewers(settings: EnrichSettings, viewer_key: bytes | None) -> Viewers:
    """The look-up for the settings; one per process, so that open databases and caches outlive a task."""
    return Viewers(
        AddressPrivacy(settings.client_ip, viewer_key),
        NetworkLookup(settings.country_database, settings.asn_database),
    )
