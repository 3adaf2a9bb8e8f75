"""What of a viewer's address is kept: all, its network, or only a pseudonym.

The pseudonym (viewer_id) is a keyed hash, since without a key the four billion IPv4 addresses are tried out in minutes.
It is made in every mode, from the whole address, so that viewers can be counted although addresses are cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.addresses import Address, Addresses, read_address
from shared.enrich.columns import per_distinct
from shared.enrich.pseudonyms import pseudonyms
from shared.enrich.redaction import REDACTED
from shared.enrich.settings import ClientIp
from shared.errors import UsageError

_SHORTEST_KEY_BYTES: Final = 16

# Where an address can be in running text: looked at closely only if it has the dots or colons of one.
_WORD: Final = re.compile(r"[0-9A-Za-z.:%]{2,}")
# It may follow an encoded character ("%20198.51.100.2" is a blank and an address), and its colons may be encoded.
_ADDRESS_START: Final = r"(?:(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})|(?<![0-9A-Za-z%:])(?<![0-9A-Za-z]\.))"
_COLON: Final = "(?::|%(?:25)*3[Aa])"
_IPV4: Final = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_IPV6: Final = rf"(?:[0-9A-Fa-f]{{0,4}}{_COLON}){{2,7}}(?:{_IPV4}|[0-9A-Fa-f]{{0,4}})"
_ADDRESS_IN_WORD: Final = re.compile(rf"{_ADDRESS_START}(?:{_IPV6}|{_IPV4})(?![0-9A-Za-z]|\.[0-9])")
# What a text with an address has in any case.
_MAY_HAVE_ADDRESS: Final = rf"{_IPV4}|{_COLON}[0-9A-Fa-f]{{0,4}}{_COLON}"
_ENCODED_COLON: Final = re.compile("%(?:25)*3[Aa]")


@dataclass(frozen=True)
class AddressPrivacy:
    """One way to treat addresses: the mode, and the key of the pseudonyms (None: there are none).

    `hash` needs a key. UsageError where it is missing, or too short to keep addresses from being guessed.
    """

    mode: str
    key: bytes | None

    def __post_init__(self) -> None:
        if self.key is None and self.mode == ClientIp.HASH:
            raise UsageError(
                "Addresses cannot be hashed without a key.", remedy="Set the viewer key, or choose truncate."
            )
        if self.key is not None and len(self.key) < _SHORTEST_KEY_BYTES:
            raise UsageError(
                f"The viewer key has {len(self.key)} bytes, too few to keep addresses from being guessed.",
                remedy=f"Use at least {_SHORTEST_KEY_BYTES} random bytes, and the same ones for the life of the lake.",
            )

    def __repr__(self) -> str:  # the key belongs in no log
        return f"AddressPrivacy(mode={self.mode!r})"

    def shown(self, text: str, address: Address | None) -> str | None:
        """What is stored of a logged address. A text that is none is kept, but for addresses inside it."""
        if self.mode == ClientIp.KEEP:
            return text
        if self.mode == ClientIp.HASH:
            return None
        return self.redact(text) if address is None else address.truncated

    def shown_column(self, texts: pa.Array, addresses: Addresses) -> pa.Array:
        """The same for a column of texts and what was read in them."""
        if self.mode == ClientIp.KEEP:
            return texts
        if self.mode == ClientIp.HASH:
            return pa.nulls(len(texts), pa.string())
        no_address = pa.array(addresses.version == 0)
        kept = pa.array([self.redact(text) for text in texts.filter(no_address).to_pylist()], pa.string())
        return pc.replace_with_mask(addresses.truncated, no_address, kept)

    def viewer_id(self, address: Address | None) -> str | None:
        """The pseudonym of an address."""
        if self.key is None or address is None:
            return None
        packed = np.frombuffer(address.packed, np.uint8).reshape(1, -1)
        return str(pseudonyms(packed, self.key)[0])

    def viewer_ids(self, addresses: Addresses) -> pa.Array:
        """The pseudonyms of a column; null where there is no address, or no key."""
        if self.key is None:
            return pa.nulls(len(addresses.version), pa.string())
        return pc.if_else(pa.array(addresses.version != 0), pseudonyms(addresses.packed, self.key), None)

    def redact(self, text: str) -> str:
        """Treat the addresses inside a text alike: cut them, or put pseudonyms for them."""
        return text if self.mode == ClientIp.KEEP else _WORD.sub(self._treated_word, text)

    def redact_column(self, texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
        """The same for a column, or for the distinct values of a dictionary column; the same column if none has any."""
        return texts if self.mode == ClientIp.KEEP else per_distinct(texts, self._redacted_texts)

    def _redacted_texts(self, texts: pa.Array) -> pa.Array:
        doubtful = pc.fill_null(pc.match_substring_regex(texts, _MAY_HAVE_ADDRESS), False)
        if not pc.any(doubtful).as_py():
            return texts
        redacted = pa.array(map(self.redact, texts.filter(doubtful).to_pylist()), pa.string())
        return pc.replace_with_mask(texts, doubtful, redacted)

    def _treated_word(self, word: re.Match[str]) -> str:
        text = word.group()
        if text.count(":") < 2 and text.count(".") < 3 and "3a" not in text.lower():
            return text
        return _ADDRESS_IN_WORD.sub(self._treated, text)

    def _treated(self, found: re.Match[str]) -> str:
        address = read_address(_ENCODED_COLON.sub(":", found.group()))
        if address is None:  # a time of day, a version of four numbers above 255
            return found.group()
        return address.truncated if self.mode == ClientIp.TRUNCATE else self.viewer_id(address) or REDACTED
