"""Enrichment of parsed rows: client, network and privacy in one call.

Pure but for the databases of addresses that the user names. Nothing here goes row by row in Python: what is costly is
done per distinct value and remembered in bounded caches of the process, rows get their codes.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.columns import as_dictionary, first_known, spread
from shared.enrich.cookies import redact_cookie_fields
from shared.enrich.extras import redact_extra
from shared.enrich.network import FROM_LOG
from shared.enrich.privacy import AddressPrivacy
from shared.enrich.redaction import (
    redact_paths,
    redact_query_values,
    redact_raw_text,
    redact_referers,
    redact_texts,
)
from shared.enrich.settings import ClientIp, Cookies, EnrichSettings
from shared.enrich.user_agent import user_agent_columns
from shared.enrich.viewers import viewers

_PATHS: Final = ("path", "url_template")
_URL_PARTS: Final = {"query": redact_query_values, "referer": redact_referers}
_FREE_TEXT: Final = ("viewer_request_log_data", "viewer_response_log_data")  # whatever the user's functions log


class Enricher:
    """Enriches the rows of any table that uses the shared vocabulary.

    `viewer_key` makes the pseudonyms; without it viewer_id is null. Cheap to create and to pickle: what it looks up
    with is shared within the process.
    """

    def __init__(self, settings: EnrichSettings, viewer_key: bytes | None = None) -> None:
        self._settings = settings
        self._viewer_key = viewer_key
        self._viewers = viewers(settings, viewer_key)
        self._privacy = AddressPrivacy(settings.client_ip, viewer_key)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self._settings, self._viewer_key))

    def apply(self, rows: pa.Table) -> pa.Table:
        """Treat the columns that are there and add those that follow from them; other columns are left alone.

        user_agent                                       adds USER_AGENT
        client_ip                                        by the mode; adds viewer_id, ip_version and NETWORK
        country, asn                                     kept where the log has them
        forwarded_ips, x_forwarded_for, cookie           by the settings
        path, url_template                               secrets redacted
        query, referer                                   secrets redacted, addresses by the mode
        viewer_request_log_data, viewer_response_log_data, extra
                                                         the same, and cookies by the settings
        """
        columns = dict(zip(rows.column_names, rows.columns, strict=True))
        if "user_agent" in columns:
            limit = self._settings.user_agent_max_length
            columns |= user_agent_columns(columns["user_agent"], max_length=limit)
        columns |= self._network_columns(columns)
        columns |= self._private_columns(columns)
        return pa.table(columns)

    def redact(self, text: str, *, without_cookie: bool = False) -> str:
        """A raw record as it may be kept: addresses, secrets and cookies treated as in the table.

        `without_cookie` says that the cookie is out already; otherwise every field that looks like one goes.
        """
        drop_cookies = self._settings.cookies == Cookies.DROP
        redacted = redact_raw_text(text, self._settings.redact_query_keys, drop_cookies=drop_cookies)
        if drop_cookies and not without_cookie:
            redacted = redact_cookie_fields(redacted)
        return self._privacy.redact(redacted)

    def _network_columns(self, columns: dict[str, pa.ChunkedArray]) -> dict[str, pa.Array]:
        added: dict[str, pa.Array] = {}
        if "country" in columns:
            added["country"] = as_dictionary(columns["country"])
            added["country_source"] = _source_log(added["country"])
        if "client_ip" not in columns:
            return added
        addresses = as_dictionary(columns["client_ip"])
        found = self._viewers(addresses.dictionary)
        added["client_ip"] = spread(found.client_ip, addresses.indices, as_codes=True)
        added["viewer_id"] = spread(found.viewer_id, addresses.indices, as_codes=True)
        added["ip_version"] = spread(found.ip_version, addresses.indices, as_codes=False)
        asn = spread(found.asn, addresses.indices, as_codes=False)
        added["asn"] = pc.coalesce(columns["asn"].cast(pa.int64()), asn) if "asn" in columns else asn
        for name, per_address in (("country", found.country), ("country_source", found.country_source)):
            looked_up = spread(per_address, addresses.indices, as_codes=True)
            added[name] = first_known(added[name], looked_up) if name in added else looked_up
        return added

    def _private_columns(self, columns: dict[str, pa.ChunkedArray]) -> dict[str, pa.Array]:
        settings = self._settings
        treated: dict[str, pa.Array] = {}
        if "x_forwarded_for" in columns and settings.client_ip != ClientIp.KEEP:
            treated["x_forwarded_for"] = _nulls_like(columns["x_forwarded_for"])
        if "forwarded_ips" in columns and settings.client_ip != ClientIp.KEEP:
            treated["forwarded_ips"] = self._forwarded(columns["forwarded_ips"])
        if "cookie" in columns and settings.cookies == Cookies.DROP:
            treated["cookie"] = _nulls_like(columns["cookie"])
        for name in _PATHS:
            if name in columns:
                treated[name] = redact_paths(columns[name], settings.redact_query_keys)
        for name, redact in _URL_PARTS.items():
            if name in columns:
                treated[name] = self._privacy.redact_column(redact(columns[name], settings.redact_query_keys))
        drop_cookies = settings.cookies == Cookies.DROP
        for name in _FREE_TEXT:
            if name in columns:
                texts = redact_texts(columns[name], settings.redact_query_keys, drop_cookies=drop_cookies)
                treated[name] = self._privacy.redact_column(texts)
        if "extra" in columns:
            extra = columns["extra"].combine_chunks()
            treated["extra"] = redact_extra(extra, self.redact, settings.redact_query_keys, drop_cookies=drop_cookies)
        return treated

    def _forwarded(self, lists: pa.ChunkedArray) -> pa.Array:
        """Forwarded addresses, treated as client_ip is: cut, or null altogether where only pseudonyms are kept."""
        if self._settings.client_ip == ClientIp.HASH:
            return _nulls_like(lists)
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
        addresses = as_dictionary(lists.flatten())  # without the values of null lists
        shown = self._viewers(addresses.dictionary).client_ip
        lengths = pc.fill_null(pc.list_value_length(lists), 0)
        ends = pc.cumulative_sum(lengths).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
        values = spread(shown, addresses.indices, as_codes=False)
        return pa.ListArray.from_arrays(offsets, values, mask=pc.is_null(lists))


def _source_log(country: pa.DictionaryArray) -> pa.DictionaryArray:
    codes = pc.if_else(country.is_valid(), pa.scalar(0, pa.int32()), pa.scalar(None, pa.int32()))
    return pa.DictionaryArray.from_arrays(codes, pa.array([FROM_LOG]))


def _nulls_like(column: pa.ChunkedArray) -> pa.Array:
    return pa.nulls(len(column), column.type)
