from __future__ import annotations

import pickle

import pyarrow as pa
import pytest

from shared.enrich import Enricher, EnrichSettings
from shared.errors import UsageError
from shared.tables.vocabulary import NETWORK, USER_AGENT

KEY = b"0123456789abcdef"
TEXT_CODES = pa.dictionary(pa.int32(), pa.string())
TYPES = {column.name: column.arrow for column in (*NETWORK, *USER_AGENT)} | {
    "client_ip": TEXT_CODES,
    "viewer_id": TEXT_CODES,
    "ip_version": pa.int32(),
}


def rows(**changed: object) -> pa.Table:
    """Four rows as a parser gives them: from the Netherlands by registry, documentation IPv6, no address, none."""
    columns = {
        "path": pa.array(["/a", "/b", "/c", "/d"]),
        "user_agent": pa.array(["curl/8.5.0", None, "Lavf/58.29.100", "curl/8.5.0"]).dictionary_encode(),
        "client_ip": pa.array(["193.0.6.139", "2001:db8:1:2::3", "192.0.2.x", None]).dictionary_encode(),
        "query": pa.array(["token=abc", None, "a=1", "x=1&sig=2"]),
        "referer": pa.array(["https://example.com/?key=1", "https://example.com/", None, None]),
        "cookie": pa.array(["a=b", None, None, None]),
        "x_forwarded_for": pa.array(["192.0.2.9, 2001:db8::1", None, "unknown", None]),
        "forwarded_ips": pa.array([["192.0.2.9", "2001:db8:5:6::1"], None, [], None], pa.list_(pa.string())),
        "parse_flags": pa.array([None, None, ["bad_ip"], None], pa.list_(pa.string())),
    }
    return pa.table({name: values for name, values in (columns | changed).items() if values is not None})


def enriched(table: pa.Table, key: bytes | None = KEY, **settings: object) -> dict[str, list[object]]:
    result = Enricher(EnrichSettings(**settings), key).apply(table)  # type: ignore[arg-type]
    result.validate(full=True)
    return result.to_pydict()


def test_the_columns_have_the_declared_types_and_the_rows_stay_in_place() -> None:
    result = Enricher(EnrichSettings(), KEY).apply(rows())
    assert {name: result.schema.field(name).type for name in TYPES} == TYPES
    assert result.column("path").to_pylist() == ["/a", "/b", "/c", "/d"]
    assert result.column("client_name").to_pylist() == ["curl", None, "FFmpeg", "curl"]
    assert result.column("parse_flags").to_pylist() == [None, None, ["bad_ip"], None]


def test_by_default_addresses_are_cut_and_cookies_and_secrets_gone() -> None:
    result = enriched(rows())
    assert result["client_ip"] == ["193.0.6.0", "2001:db8:1::", "192.0.2.x", None]
    assert result["ip_version"] == [4, 6, None, None]
    assert result["forwarded_ips"] == [["192.0.2.0", "2001:db8:5::"], None, [], None]
    assert result["x_forwarded_for"] == [None] * 4
    assert result["cookie"] == [None] * 4
    assert result["query"] == ["token=REDACTED", None, "a=1", "x=1&sig=REDACTED"]
    assert result["referer"] == ["https://example.com/?key=REDACTED", "https://example.com/", None, None]
    assert [viewer is not None for viewer in result["viewer_id"]] == [True, True, False, False]


def test_what_is_kept_is_as_logged() -> None:
    table = rows()
    result = enriched(table, client_ip="keep", cookies="keep", redact_query_keys=())
    for name in ("client_ip", "query", "referer", "cookie", "x_forwarded_for", "forwarded_ips", "user_agent"):
        assert result[name] == table.column(name).to_pylist()


MAP = pa.map_(pa.string(), pa.string())


def test_urls_and_free_text_lose_addresses_and_credentials() -> None:
    log_data = "ip=198.51.100.23&token=abc user=https://u:p@example.com/"
    table = rows(
        path=pa.array(["/a;jsessionid=1;v=2/b", "/a%3BSID=1", "/lib/1.2.3.4/x", None]).dictionary_encode(),
        url_template=pa.array(["/a;jsessionid=1/b_{n}.ts", None, None, None]).dictionary_encode(),
        query=pa.array(["ip=198.51.100.23", "v6=2001%3Adb8%3A1%3A2%3A%3A3", "t=12:34:56", None]).dictionary_encode(),
        referer=pa.array(["https://u:p@ss@example.com/?x=2001:db8:1:2::3", "https://example.com/@b", None, None]),
        viewer_request_log_data=pa.array([log_data, None, None, '{"cookie":"uid=1","token":"x"}']),
        viewer_response_log_data=pa.nulls(4, pa.string()),
    )
    result = enriched(table)
    assert result["path"] == ["/a;jsessionid=REDACTED;v=2/b", "/a%3BSID=REDACTED", "/lib/1.2.3.4/x", None]
    assert result["url_template"] == ["/a;jsessionid=REDACTED/b_{n}.ts", None, None, None]
    assert result["query"] == ["ip=198.51.100.0", "v6=2001:db8:1::", "t=12:34:56", None]
    assert result["referer"] == ["https://REDACTED@example.com/?x=2001:db8:1::", "https://example.com/@b", None, None]
    assert result["viewer_request_log_data"] == [
        "ip=198.51.100.0&token=REDACTED user=https://REDACTED@example.com/",
        None,
        None,
        '{"cookie":"REDACTED","token":"REDACTED"}',
    ]
    kept = enriched(table, client_ip="keep", cookies="keep", redact_query_keys=())
    for name in ("path", "query", "referer", "viewer_request_log_data"):
        assert kept[name] == table[name].to_pylist()
    pseudonym = enriched(table)["viewer_id"]
    hashed = enriched(rows(query=pa.array(["a=193.0.6.139"] * 4)), client_ip="hash")["query"]
    assert hashed == [f"a={pseudonym[0]}"] * 4


EXTRA: list[list[tuple[str, str | None]] | None] = [
    [("cs(COOKIE)", "uid=1"), ("x-new", "via 198.51.100.23")],
    None,
    [("cs-headers", "Cookie:uid=1"), ("cs_cookie", "a"), ("Set-Cookie", "b"), ("cookie", None)],
    [("field_34", "uid=1"), ("zone", "a"), ("x-api-key", "abc"), ("x_api_key", "abc"), ("q", "a=1?token=abc")],
]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_fields_without_a_column_are_no_way_around_privacy(first: int) -> None:
    table = rows(extra=pa.array(EXTRA, MAP)).slice(first)
    result = enriched(table)["extra"]
    assert (
        result
        == [
            [("cs(COOKIE)", "REDACTED"), ("x-new", "via 198.51.100.0")],
            None,
            [("cs-headers", "REDACTED"), ("cs_cookie", "REDACTED"), ("Set-Cookie", "REDACTED"), ("cookie", None)],
            [
                *(("field_34", "REDACTED"), ("zone", "a"), ("x-api-key", "REDACTED"), ("x_api_key", "REDACTED")),
                ("q", "REDACTED"),
            ],
        ][first:]
    )
    assert enriched(table, client_ip="keep", cookies="keep", redact_query_keys=())["extra"] == EXTRA[first:]


def test_cookies_that_are_kept_are_kept_in_extra_and_secrets_are_not() -> None:
    result = enriched(rows(extra=pa.array(EXTRA, MAP)), cookies="keep")["extra"]
    assert result[0] == [("cs(COOKIE)", "uid=1"), ("x-new", "via 198.51.100.0")]
    assert result[3] == [
        *(("field_34", "uid=1"), ("zone", "a"), ("x-api-key", "REDACTED"), ("x_api_key", "REDACTED")),
        ("q", "a=1?token=REDACTED"),
    ]


def test_hashed_addresses_leave_only_the_pseudonym() -> None:
    result = enriched(rows(), client_ip="hash")
    assert result["client_ip"] == result["x_forwarded_for"] == result["forwarded_ips"] == [None] * 4
    assert result["viewer_id"] == enriched(rows(), client_ip="keep")["viewer_id"]
    assert result["country"][0] == "NL"


def test_without_a_key_there_is_no_pseudonym() -> None:
    assert enriched(rows(), key=None)["viewer_id"] == [None] * 4


def test_the_log_knows_country_and_network_best() -> None:
    country = pa.chunked_array(
        [pa.array(["BR", None]).dictionary_encode(), pa.array(["DE", None]).dictionary_encode()], TEXT_CODES
    )
    result = enriched(rows(country=country, asn=pa.array([64500, None, None, None], pa.int64())))
    assert result["country"] == ["BR", None, "DE", None]
    assert result["country_source"] == ["log", None, "log", None]
    assert result["asn"] == [64500, None, None, None]


@pytest.mark.parametrize("country", [None, pa.nulls(4, TEXT_CODES), pa.nulls(4)], ids=["absent", "null", "untyped"])
def test_where_the_log_is_silent_the_registry_answers(country: pa.Array | None) -> None:
    result = enriched(rows(country=country))
    assert result["country"] == ["NL", None, None, None]
    assert result["country_source"] == ["registry", None, None, None]


def test_missing_columns_are_skipped() -> None:
    bare = pa.table({"path": pa.array(["/a"])})
    assert Enricher(EnrichSettings()).apply(bare).equals(bare)
    only_country = enriched(pa.table({"country": pa.array(["NL", None])}))
    assert only_country == {"country": ["NL", None], "country_source": ["log", None]}


@pytest.mark.parametrize("empty", [rows().slice(0, 0), rows().schema.empty_table()], ids=["slice", "no chunk"])
def test_no_rows_give_no_rows(empty: pa.Table) -> None:
    result = Enricher(EnrichSettings(), KEY).apply(empty)
    assert result.num_rows == 0
    assert {name: result.schema.field(name).type for name in TYPES} == TYPES


def test_slices_and_chunks_are_enriched_like_the_whole() -> None:
    whole = Enricher(EnrichSettings(), KEY).apply(rows()).to_pylist()
    parts = pa.concat_tables([rows().slice(0, 1), rows().slice(1, 3)])
    assert Enricher(EnrichSettings(), KEY).apply(parts).to_pylist() == whole
    assert Enricher(EnrichSettings(), KEY).apply(rows().slice(2)).to_pylist() == whole[2:]


def test_a_raw_record_is_treated_like_its_row() -> None:
    line = "2026-11-24\t12:34:56\t193.0.6.139\t/a;sid=1\thttps://u:p@example.com/\ta=1&token=abc\ttheme=dark"
    start = "2026-11-24\t12:34:56\t193.0.6.0\t/a;sid=REDACTED\thttps://REDACTED@example.com/"
    assert Enricher(EnrichSettings(), KEY).redact(line) == f"{start}\tREDACTED\tREDACTED"
    assert Enricher(EnrichSettings(), KEY).redact(line, without_cookie=True) == (
        f"{start}\ta=1&token=REDACTED\ttheme=dark"
    )
    kept = EnrichSettings(client_ip="keep", cookies="keep", redact_query_keys=())
    assert Enricher(kept, KEY).redact(line) == line


def test_an_enricher_travels_to_workers() -> None:
    enricher = Enricher(EnrichSettings(client_ip="hash"), KEY)
    assert pickle.loads(pickle.dumps(enricher)).apply(rows()).equals(enricher.apply(rows()))


@pytest.mark.parametrize("wrong", [{"client_ip": "shown"}, {"cookies": "some"}, {"user_agent_max_length": 0}])
def test_wrong_settings_are_the_users_to_mend(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        EnrichSettings(**wrong)  # type: ignore[arg-type]
