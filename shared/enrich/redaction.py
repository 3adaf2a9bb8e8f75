"""Secrets out of query strings and raw lines: values of named query keys, credentials in headers, cookies.

Clients encode as they like, so a key is found in any case and with any of its letters percent-encoded once or more
(`Sig%6Eature`, `token%3Dx` inside an encoded URL). Where a value's end is in doubt the longer reading is taken: a
parameter too many that is redacted costs a column value, one too few leaks a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.columns import as_dictionary, spread

try:
    import re2 as regex
except ImportError:  # no wheel for this platform
    regex = re

REDACTED: Final = "REDACTED"

_KEEP_NAME: Final = rf"\1{REDACTED}"
_ENCODED: Final = "%(?:25)*"  # a percent sign, encoded any number of times
_EQUALS: Final = f"(?:=|{_ENCODED}3d)"
_COLON: Final = f"(?::|{_ENCODED}3a)"
_SEPARATOR: Final = f"(?:^|[?&;#]|{_ENCODED}(?:3f|26|3b|23))"
# In a raw line a name may also follow a tab, a quote, or an encoded blank.
_NAME_START: Final = f"(?:^|[^\\w%-]|{_ENCODED}[0-9a-f]{{2}})"
_CREDENTIAL_HEADERS: Final = ("authorization", "proxy-authorization", "x-api-key", "x-amz-security-token")
_COOKIE_HEADERS: Final = ("cookie", "set-cookie")
_COOKIE_FIELDS: Final = ("cs(cookie)", "cs-cookie", *_COOKIE_HEADERS)
# To the end of the header: a line break, plain or encoded, or what ends the field.
_HEADER_VALUE: Final = (
    r'(?:[^\t\r\n"%]|%(?:25)*(?:[1-9a-f][0-9a-f]|0[0-9bcef])|%[^0-9a-f\t\r\n"%]|%[0-9a-f][^0-9a-f\t\r\n"%])*'
)
# A tab-separated field of at least two cookies; one alone looks like anything else.
_COOKIE_LIST: Final = r"((?:^|[\t\n]))[^\t\n=;]+=[^\t\n;]*;(?:%(?:25)*20| )[^\t\n=;]+=[^\t\n]*"


def redact_query_values(values: pa.ChunkedArray | pa.Array, keys: tuple[str, ...]) -> pa.ChunkedArray | pa.Array:
    """Replace the values of the named keys in a column of decoded query strings, or of URLs with such.

    A value (of a dictionary column: a distinct one) costs one scan, about 60 nanoseconds, one with a secret about a
    microsecond. Empty `keys` redact nothing.
    """
    if not keys:
        return values
    if pa.types.is_dictionary(values.type):
        encoded = as_dictionary(values)
        redacted = _redacted(encoded.dictionary, keys)
        return encoded if redacted is encoded.dictionary else spread(redacted, encoded.indices, as_codes=True)
    return _redacted(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values, keys)


def _redacted(values: pa.Array, keys: tuple[str, ...]) -> pa.Array:
    pattern, plain_pattern = _query_patterns(keys)
    concerned = pc.match_substring_regex(values, pattern)
    # The pattern for encoded names is three times as slow to replace with, and needed only where there is a percent.
    values = _replace_where(concerned, values, plain_pattern)
    return _replace_where(pc.and_(concerned, pc.match_substring(values, "%")), values, pattern)


def redact_raw_text(text: str, keys: tuple[str, ...], *, drop_cookies: bool) -> str:
    """Replace secrets in a raw record of any format (tab-separated, JSON, plain, percent-encoded or not).

    Covers `key=value` and JSON members for the keys, credential headers, and with `drop_cookies` whatever shows itself
    as a Cookie header, a cookie field or a list of cookies. With re2 the time is linear in the length of the text,
    whatever is in it.
    """
    for pattern in _text_patterns(keys, drop_cookies):
        if pattern.search(text):
            text = pattern.sub(_KEEP_NAME, text)
    return text


def _replace_where(concerned: pa.Array, values: pa.Array, pattern: str) -> pa.Array:
    if not pc.any(concerned).as_py():
        return values
    redacted = pc.replace_substring_regex(values.filter(concerned), pattern, _KEEP_NAME)
    return pc.replace_with_mask(values, pc.fill_null(concerned, False), redacted)


@lru_cache(maxsize=8)
def _query_patterns(keys: tuple[str, ...]) -> tuple[str, str]:
    """The pattern for names in any encoding, and the one for plain names."""
    plain_keys = "|".join(map(re.escape, keys))
    return (
        f"(?i)({_SEPARATOR}{_any_of(keys)}{_EQUALS})[^&]*",
        f"(?i)((?:^|[?&;#])(?:{plain_keys})=)[^&]*",
    )


@lru_cache(maxsize=8)
def _text_patterns(keys: tuple[str, ...], drop_cookies: bool) -> list[re.Pattern[str]]:
    headers = _any_of((*_CREDENTIAL_HEADERS, *(_COOKIE_HEADERS if drop_cookies else ())))
    members = _any_of((*keys, *_CREDENTIAL_HEADERS, *(_COOKIE_FIELDS if drop_cookies else ())))
    patterns = [
        rf'(?i)("{members}"\s*:\s*")(?:\\.|[^"\\])*',  # JSON
        rf"(?i)('{members}'\s*:\s*')(?:\\.|[^'\\])*",  # the representations of dicts in Pexip's logs
        rf'(?i)(\\+"{members}\\+"\s*:\s*\\+")[^"\\]*',  # JSON inside a JSON string
        rf"(?i)({_NAME_START}{headers}{_COLON}){_HEADER_VALUE}",
    ]
    if keys:
        patterns.append(rf'(?i)({_NAME_START}{_any_of(keys)}{_EQUALS})[^&\s"]*')
    if drop_cookies:
        patterns.append(_COOKIE_LIST)
    return [regex.compile(pattern) for pattern in patterns]


def _any_of(names: Iterable[str]) -> str:
    return f"(?:{'|'.join(''.join(map(_letter, name.lower())) for name in names)})"


def _letter(letter: str) -> str:
    """A pattern for one letter of a name, plain or percent-encoded, in either case.

    >>> _letter("k")
    '(?:k|%(?:25)*(?:6b|4b))'
    """
    codes = dict.fromkeys(f"{byte:02x}" for case in (letter, letter.upper()) for byte in case.encode())
    return f"(?:{re.escape(letter)}|{_ENCODED}(?:{'|'.join(codes)}))"
