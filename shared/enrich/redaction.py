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

from shared.enrich.columns import per_distinct

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
CREDENTIAL_HEADERS: Final = ("authorization", "proxy-authorization", "x-api-key", "x-amz-security-token")
_COOKIE_HEADERS: Final = ("cookie", "set-cookie")
_COOKIE_FIELDS: Final = ("cs(cookie)", "cs-cookie", "cs_cookie", *_COOKIE_HEADERS)
# To the end of the header: a line break, plain or encoded, or what ends the field.
_HEADER_VALUE: Final = (
    r'(?:[^\t\r\n"%]|%(?:25)*(?:[1-9a-f][0-9a-f]|0[0-9bcef])|%[^0-9a-f\t\r\n"%]|%[0-9a-f][^0-9a-f\t\r\n"%])*'
)
_USER_INFO: Final = r"""(://)[^/?#\s"'\\]*@"""
_KEEP_HOST: Final = rf"\1{REDACTED}@"
# In paths, a question mark that a client has encoded begins no query: what follows it is a part of the path.
_PATH_SEPARATOR: Final = f"(?:[;?&]|{_ENCODED}(?:3b|3f|26))"
_MAY_HAVE_PARAMETER: Final = f"(?i){_PATH_SEPARATOR}"
# A tab-separated field of at least two cookies; one alone looks like anything else.
_COOKIE_LIST: Final = r"((?:^|[\t\n]))[^\t\n=;]+=[^\t\n;]*;(?:%(?:25)*20| )[^\t\n=;]+=[^\t\n]*"


def redact_query_values(values: pa.ChunkedArray | pa.Array, keys: tuple[str, ...]) -> pa.ChunkedArray | pa.Array:
    """Replace the values of the named keys in a column of decoded query strings, or of URLs with such.

    A value (of a dictionary column: a distinct one) costs one scan, about 60 nanoseconds, one with a secret about a
    microsecond. Empty `keys` redact nothing.
    """
    if not keys:
        return values
    return per_distinct(values, lambda texts: _redacted(texts, keys))


def redact_referers(values: pa.ChunkedArray | pa.Array, keys: tuple[str, ...]) -> pa.ChunkedArray | pa.Array:
    """Secrets out of a column of decoded URLs: values of the named keys, and the user's name and password."""
    if not keys:
        return values
    return per_distinct(redact_query_values(values, keys), lambda urls: _replaced(urls, _USER_INFO, _KEEP_HOST))


def redact_paths(values: pa.ChunkedArray | pa.Array, keys: tuple[str, ...]) -> pa.ChunkedArray | pa.Array:
    """Values of the named keys out of a column of paths, decoded or as logged.

    They follow a semicolon (`/a;jsessionid=1`), or are of a query that was encoded with its path (`/a%3Ftoken%3D1`).
    """
    if not keys:
        return values

    def redacted(paths: pa.Array) -> pa.Array:
        concerned = pc.match_substring_regex(paths, _MAY_HAVE_PARAMETER)
        return _replace_where(concerned, paths, _path_pattern(keys))

    return per_distinct(values, redacted)


def redact_texts(
    values: pa.ChunkedArray | pa.Array, keys: tuple[str, ...], *, drop_cookies: bool
) -> pa.ChunkedArray | pa.Array:
    """`redact_raw_text` for a column."""

    def redacted(texts: pa.Array) -> pa.Array:
        for pattern, replacement in _text_rules(keys, drop_cookies):
            texts = _replaced(texts, pattern.pattern, replacement)
        return texts

    return per_distinct(values, redacted)


def _redacted(values: pa.Array, keys: tuple[str, ...]) -> pa.Array:
    pattern, plain_pattern = _query_patterns(keys)
    concerned = pc.match_substring_regex(values, pattern)
    # The pattern for encoded names is three times as slow to replace with, and needed only where there is a percent.
    values = _replace_where(concerned, values, plain_pattern)
    return _replace_where(pc.and_(concerned, pc.match_substring(values, "%")), values, pattern)


def redact_raw_text(text: str, keys: tuple[str, ...], *, drop_cookies: bool) -> str:
    """Replace secrets in a raw record of any format (tab-separated, JSON, plain, percent-encoded or not).

    Covers `key=value` and JSON members for the keys, user and password in URLs, credential headers, and with
    `drop_cookies` whatever shows itself as a Cookie header, a cookie field or a list of cookies. With re2 the time is
    linear in the length of the text, whatever is in it.
    """
    for pattern, replacement in _text_rules(keys, drop_cookies):
        if pattern.search(text):
            text = pattern.sub(replacement, text)
    return text


def _replaced(values: pa.Array, pattern: str, replacement: str) -> pa.Array:
    return _replace_where(pc.match_substring_regex(values, pattern), values, pattern, replacement)


def _replace_where(concerned: pa.Array, values: pa.Array, pattern: str, replacement: str = _KEEP_NAME) -> pa.Array:
    if not pc.any(concerned).as_py():
        return values
    redacted = pc.replace_substring_regex(values.filter(concerned), pattern, replacement)
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
def _path_pattern(keys: tuple[str, ...]) -> str:
    return f"(?i)({_PATH_SEPARATOR}{_any_of(keys)}{_EQUALS})[^;&/]*"


@lru_cache(maxsize=8)
def _text_rules(keys: tuple[str, ...], drop_cookies: bool) -> list[tuple[re.Pattern[str], str]]:
    """Patterns and what replaces what they match."""
    headers = _any_of((*CREDENTIAL_HEADERS, *(_COOKIE_HEADERS if drop_cookies else ())))
    members = _any_of((*keys, *CREDENTIAL_HEADERS, *(_COOKIE_FIELDS if drop_cookies else ())))
    patterns = [
        rf'(?i)("{members}"\s*:\s*")(?:\\.|[^"\\])*',  # JSON
        rf"(?i)('{members}'\s*:\s*')(?:\\.|[^'\\])*",  # the representations of dicts in Pexip's logs
        rf'(?i)(\\+"{members}\\+"\s*:\s*\\+")[^"\\]*',  # JSON inside a JSON string
        rf"(?i)({_NAME_START}{headers}{_COLON}){_HEADER_VALUE}",
    ]
    rules = [(regex.compile(_USER_INFO), _KEEP_HOST)] if keys else []
    if keys:
        patterns.append(rf'(?i)({_NAME_START}{_any_of(keys)}{_EQUALS})[^&\s"]*')
    if drop_cookies:
        patterns.append(_COOKIE_LIST)
    return rules + [(regex.compile(pattern), _KEEP_NAME) for pattern in patterns]


def _any_of(names: Iterable[str]) -> str:
    return f"(?:{'|'.join(''.join(map(_letter, name.lower())) for name in names)})"


def _letter(letter: str) -> str:
    """A pattern for one letter of a name, plain or percent-encoded, in either case.

    >>> _letter("k")
    '(?:k|%(?:25)*(?:6b|4b))'
    """
    codes = dict.fromkeys(f"{byte:02x}" for case in (letter, letter.upper()) for byte in case.encode())
    return f"(?:{re.escape(letter)}|{_ENCODED}(?:{'|'.join(codes)}))"
