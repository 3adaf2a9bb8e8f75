"""URLs in their parts, against a plain reading of one URL at a time."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.urls import Urls, read_urls

PIECES = st.lists(
    st.sampled_from(
        ["https", "http", "://", ":", "/", "//", "?", "&a=1", "h.example.com", ":443", "out", "é", "[::1]", "u:p@"]
    ),
    min_size=1,
    max_size=8,
).map("".join)
_URL = re.compile(r"(?s)(?:([^:?]*)://(?:[^/@?]*@)?([^]/?]*\][^/:?]*|[^]/:?]*)([^/?]*))?([^?]*)(?:\?(.*))?")
TEXT = pa.dictionary(pa.int32(), pa.string())


def encoded(*texts: str | None) -> pa.Array:
    return pa.array(texts, pa.string()).dictionary_encode()


def parts(urls: Urls | None, row: int = 0) -> tuple[str | None, ...]:
    assert urls is not None
    return tuple(column[row].as_py() for column in (urls.scheme, urls.host, urls.path, urls.query))


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(PIECES | st.none(), min_size=1, max_size=5))
def test_parts_of_any_text(texts: list[str | None]) -> None:
    urls = read_urls({"request": encoded(*texts)}, len(texts))
    for row, text in enumerate(texts):
        match = _URL.fullmatch(text or "")
        assert match is not None
        scheme, host, _, path, query = match.groups()
        assert parts(urls, row) == tuple(each or None for each in (scheme, host, path, query))
    assert urls is not None
    assert urls.host.type == TEXT
    assert urls.hashes.null_count == texts.count(None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://h.example.com:443/a/b.ts?m=1", ("https", "h.example.com", "/a/b.ts", "m=1")),
        ("https://h.example.com:443//a?b=%zz?c", ("https", "h.example.com", "//a", "b=%zz?c")),
        ("https://h.example.com", ("https", "h.example.com", None, None)),
        ("https://h.example.com?a", ("https", "h.example.com", None, "a")),
        ("/a/b?c=http://x/y", (None, None, "/a/b", "c=http://x/y")),
        ("*", (None, None, "*", None)),
        ("https://user:pass@h.example.com:443/a", ("https", "h.example.com", "/a", None)),
        ("https://[2001:db8::1]:443/a@b", ("https", "[2001:db8::1]", "/a@b", None)),
    ],
)
def test_parts(text: str, wanted: tuple[str | None, ...]) -> None:
    assert parts(read_urls({"request": encoded(text)}, 1)) == wanted
    assert parts(read_urls({"request": encoded("https://other/x?y", text)}, 2), 1) == wanted


def test_base_and_query_are_one_url() -> None:
    base, whole = "https://h:443/a", "https://h:443/a?b=1"
    urls = read_urls(
        {
            "request": encoded(whole, None, whole, base, None, None),
            "request_uri_base": encoded(None, base, base, None, base, None),
            "request_query_params": encoded(None, "b=1", "b=1", "b=1", None, "b=1"),
        },
        6,
    )
    assert urls is not None
    assert urls.path.to_pylist() == ["/a"] * 5 + [None]
    assert urls.query.to_pylist() == ["b=1"] * 4 + [None, "b=1"]
    hashes = urls.hashes.to_pylist()
    assert hashes[0] == hashes[1] == hashes[2] == hashes[3]
    assert hashes[4] not in {hashes[0], None}
    assert hashes[5] is None


def test_the_hash_is_of_the_url_as_it_was_logged() -> None:
    urls = read_urls({"request": encoded("https://h:443/a", "https://h/a", "http://h:443/a", "https://h:443/a?")}, 4)
    assert urls is not None
    assert len(set(urls.hashes.to_pylist())) == 3


def test_where_no_field_says_a_url_there_is_none() -> None:
    assert read_urls({}, 3) is None
