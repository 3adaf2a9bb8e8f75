"""Privacy of the fields that have no column: what is in them is unknown, so they are treated like raw text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.redaction import CREDENTIAL_HEADERS, REDACTED

_NO_LETTER: Final = re.compile("[^0-9a-z]+")
_ALL_HEADERS: Final = "csheaders"  # the Cookie header among them, cut where it suits the logger


def redact_extra(
    extra: pa.Array, redact: Callable[[str], str], secret_names: tuple[str, ...], *, drop_cookies: bool
) -> pa.Array:
    """A map<string, string> column with each value through `redact`, and without those that their names give away.

    The values of cookies, credentials and the fields named in `secret_names` are replaced, not left out, so that a new
    field still shows. Each distinct pair is treated once; a column of nulls costs nothing.
    """
    if extra.null_count == len(extra):
        return extra
    present = extra.is_valid()
    filled = extra.filter(present)
    secret = {_plain(name) for name in (*secret_names, *CREDENTIAL_HEADERS)} if secret_names else set()

    def is_secret(name: str) -> bool:
        plain = _plain(name)
        return plain in secret or (drop_cookies and ("cookie" in plain or plain == _ALL_HEADERS))

    names, values = filled.keys.dictionary_encode(), filled.items.dictionary_encode()
    hidden = pa.array([is_secret(name) for name in names.dictionary.to_pylist()], pa.bool_()).take(names.indices)
    kept = pa.array([redact(value) for value in values.dictionary.to_pylist()], pa.string()).take(values.indices)
    shown = pc.if_else(pc.and_(hidden, kept.is_valid()), REDACTED, kept)
    treated = pa.MapArray.from_arrays(filled.offsets, filled.keys, shown)
    places = pc.if_else(present, pc.subtract(pc.cumulative_sum(present.cast(pa.int64())), 1), None)
    return treated.take(places)


def _plain(name: str) -> str:
    """A name without what separates its words.

    >>> _plain("cs(Set-Cookie)")
    'cssetcookie'
    """
    return _NO_LETTER.sub("", name.lower())
