"""IP addresses of log fields: which are none, and which ones a list of forwarders holds."""

from __future__ import annotations

from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import Mask, is_dictionary, rows_of

# The common spellings, accepted at memory speed; what they do not match is put to `ipaddress`.
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"
_GROUPS = "[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*"
_IPV6_SHORTENED = f"^(?:{_GROUPS})?::(?:{_GROUPS})?$"
_IPV6_FULL = "^[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}$"
_MOST_COLONS = 7  # with more, a shortened address could be too long


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address without a zone.

    >>> is_address("2001:db8::1"), is_address("192.0.2.x")
    (True, False)
    """
    if "%" in text:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def bad_addresses(values: pa.Array) -> Mask | None:
    """Rows of a string (or dictionary) column that hold no address; None for no row. Null is not bad."""
    if is_dictionary(values):
        bad = bad_addresses(values.dictionary)
        return None if bad is None else rows_of(bad, values)
    doubtful = np.flatnonzero(~_plainly_addresses(values))
    bad = np.zeros(len(values), dtype=np.bool_)
    bad[doubtful] = [not is_address(text) for text in values.take(pa.array(doubtful)).to_pylist()]
    return bad if bad.any() else None


def forwarded_addresses(values: pa.Array) -> pa.Array:
    """The valid addresses of each decoded X-Forwarded-For, in order; the client sends it, so it may hold anything.

    Returns list<string>: null where the field is null, empty where it has no address.
    """
    if values.null_count == len(values):
        return pa.nulls(len(values), pa.list_(pa.string()))
    encoded = values.dictionary_encode()
    lists = pc.split_pattern(encoded.dictionary, ",")
    items = pc.utf8_trim(lists.flatten(), " ")
    odd = ~_plainly_addresses(items)
    hosts = [_host(item) for item in items.filter(pa.array(odd)).to_pylist()]
    found = pc.replace_with_mask(items, pa.array(odd), pa.array(hosts, pa.string()))
    of_header = pc.list_parent_indices(lists).filter(found.is_valid()).to_numpy()
    ends = np.cumsum(np.bincount(of_header, minlength=len(lists)), dtype=np.int32)
    offsets = pa.array(np.concatenate((np.zeros(1, np.int32), ends)))
    return pa.ListArray.from_arrays(offsets, found.drop_null()).take(encoded.indices)


def _plainly_addresses(values: pa.Array) -> Mask:
    """Values that are certainly addresses, and nulls: a value that is not marked may still be one."""
    plainly: Mask = pc.match_substring_regex(values, _IPV4).fill_null(True).to_numpy(zero_copy_only=False).copy()
    if plainly.all():
        return plainly
    others = values.filter(pa.array(~plainly))
    plainly[~plainly] = pc.and_(
        pc.match_substring_regex(others, f"{_IPV6_SHORTENED}|{_IPV6_FULL}"),
        pc.less_equal(pc.count_substring(others, ":"), _MOST_COLONS),
    ).to_numpy(zero_copy_only=False)
    return plainly


def _host(item: str) -> str | None:
    """The address that an item of the header holds, if any."""
    host = _without_port(item.strip())
    return host if is_address(host) else None


def _without_port(item: str) -> str:
    if item.startswith("["):
        return item[1:].partition("]")[0]
    return item.partition(":")[0] if item.count(":") == 1 else item
