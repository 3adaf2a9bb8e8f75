"""Raw records without the cookie, for the quarantine."""

from __future__ import annotations

import re
from collections.abc import Callable

from shared.sources.columns.rejects import RAW_LIMIT

_COOKIE = "cs(Cookie)"
_JSON_COOKIE = re.compile(rb'(?i)("cs[(_-]cookie\)?"\s*:\s*)"(?:[^"\\]|\\.)*"?')


def without_cookie(names: tuple[str, ...], delimiter: bytes) -> Callable[[bytes], bytes]:
    """A function that puts a hyphen for the cookie of a delimited line; it looks at the part that is kept only."""
    if _COOKIE not in names:
        return lambda raw: raw[:RAW_LIMIT]
    at = names.index(_COOKIE)

    def redact(raw: bytes) -> bytes:
        fields = raw[:RAW_LIMIT].split(delimiter)
        if len(fields) > at:
            fields[at] = b"-"
        return delimiter.join(fields)

    return redact


def without_json_cookie(raw: bytes) -> bytes:
    """A JSON line with a hyphen for the cookie, whether the line is whole or cut."""
    return _JSON_COOKIE.sub(rb'\1"-"', raw[:RAW_LIMIT])
