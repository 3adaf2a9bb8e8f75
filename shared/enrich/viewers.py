"""Everything that follows from a client address, looked up once per distinct address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from shared.enrich.addresses import read_address
from shared.enrich.cache import TwoGenerationCache
from shared.enrich.network import Network, NetworkLookup
from shared.enrich.privacy import AddressPrivacy
from shared.enrich.settings import EnrichSettings

CACHED_VIEWERS: Final = 200_000


class Viewer(NamedTuple):
    """The columns of one logged address; a text that is no address has only `client_ip`, so treated."""

    client_ip: str | None
    viewer_id: str | None
    ip_version: int | None
    country: str | None
    country_source: str | None
    asn: int | None


class Viewers:
    """Looks up logged addresses, keeping the last ones."""

    def __init__(self, privacy: AddressPrivacy, networks: NetworkLookup) -> None:
        self._privacy = privacy
        self._networks = networks
        self._cache: TwoGenerationCache[str, Viewer] = TwoGenerationCache(CACHED_VIEWERS)

    def __call__(self, texts: Sequence[str]) -> list[Viewer]:
        """Viewers of the logged addresses, in order."""
        return self._cache.resolve(texts, self._look_up)

    def _look_up(self, texts: Sequence[str]) -> list[Viewer]:
        addresses = [read_address(text) for text in texts]
        networks = iter(self._networks([address for address in addresses if address is not None]))
        return [
            Viewer(
                self._privacy.shown(text, address),
                self._privacy.viewer_id(address),
                None if address is None else address.version,
                *(Network() if address is None else next(networks)),
            )
            for text, address in zip(texts, addresses, strict=True)
        ]


@lru_cache(maxsize=4)
def viewers(settings: EnrichSettings, viewer_key: bytes | None) -> Viewers:
    """The look-up for the settings; one per process, so that its cache outlives a task."""
    return Viewers(
        AddressPrivacy(settings.client_ip, viewer_key),
        NetworkLookup(settings.country_database, settings.asn_database),
    )
