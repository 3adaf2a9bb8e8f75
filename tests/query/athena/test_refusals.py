"""What is not Athena's SQL, or has no equal here, is refused in a line or two that tell the place and what to do."""

from __future__ import annotations

import pytest

from shared.errors import UsageError
from shared.query.athena import explained, translate

NOT_ATHENAS = [
    ("SELECT x::integer FROM t", "::", "line 1, column 9", "CAST"),
    ("SELECT 1,\n  strftime(t, '%H')", "strftime", "line 2, column 3", "date_format"),
    ("SELECT list_aggregate(x, 'sum')", "list_aggregate", "line 1, column 8", "reduce"),
    ("SELECT epoch_ms(t)", "epoch_ms", "line 1, column 8", "to_unixtime"),
    ("SELECT no_such(t)", "no_such", "line 1, column 8", "Trino"),
    ("SELECT athena_divide(1, 2)", "athena_divide", "line 1, column 8", "Trino"),
    ("SELECT a FROM t GROUP BY ALL", "GROUP BY ALL", "line", "GROUP BY 1, 2"),
    ("SELECT a FROM t ORDER BY ALL", "ORDER BY ALL", "line 1, column 26", "ORDER BY 1, 2"),
    ("SELECT a FROM t QUALIFY row_number() OVER () = 1", "QUALIFY", "line 1, column 17", "subquery"),
    ("SELECT * EXCLUDE (a) FROM t", "EXCLUDE", "line", "columns"),
    ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON", "line 1, column 21", "max_by"),
    ("FROM t SELECT a", "FROM", "is no query", "SELECT"),
    ("SELECT x FROM (FROM t)", "begins with FROM", "line 1, column 16", "SELECT * FROM"),
    ("SELECT [1, 2]", "brackets", "line 1, column 8", "ARRAY[...]"),
    ("SELECT {'a': 1}", "{", "line 1, column 8", "MAP"),
    ("SELECT 7 // 2", "//", "line 1, column 11", "truncates"),
    ("SELECT a ILIKE 'x' FROM t", "ILIKE", "line 1, column 10", "lower"),
    ("SELECT j ->> '$.a' FROM t", "->>", "line 1, column 10", "json_extract_scalar"),
    ("SELECT x FROM t WHERE x = ?", "?", "line 1, column 27", "value"),
    ("SELECT x FROM read_parquet('f')", "read_parquet", "line 1, column 15", "table of the lake"),
    ('SELECT x FROM "some/file.parquet"', "some/file.parquet", "line 1, column 15", "loglake tables"),
    ("SELECT a, FROM t", ",", "line 1, column 9", "behind"),
    ("SELECT a FROM t SEMI JOIN u USING (a)", "SEMI", "line 1, column 17", "IN"),
    ("SELECT sum(x) FILTER (WHERE y) OVER () FROM t", "FILTER", "line 1, column 8", "if(condition"),
    ("SELECT status AS s FROM cloudfront_requests WHERE s = 1", "alias", "line 1, column 51", "subquery"),
    ("SELECT 1; SELECT 2", "several", "", "one at a time"),
    ("SELECT (1", "Athena's SQL", "line 1", "correct it"),
]
WITHOUT_EQUAL = [
    ("SELECT soundex('a')", "soundex", "line 1, column 8", "ask in Athena"),
    ("SELECT typeof(1)", "typeof", "line 1, column 8", "ask in Athena"),
    ("SELECT CAST('192.0.2.1' AS ipaddress)", "IPADDRESS", "line", "varchar"),
    ("SELECT CAST(1 AS real)", "REAL", "line", "double"),
    ("SELECT x FROM t TABLESAMPLE BERNOULLI (10)", "TABLESAMPLE", "line 1, column 17", "partition keys"),
    ("SELECT x FROM t MATCH_RECOGNIZE (PATTERN (a))", "MATCH_RECOGNIZE", "line 1, column 17", "window"),
    ("SELECT date_format(t, '%U') FROM t", "%U", "line 1, column 8", "simpler"),
    ("SELECT date_format(t, f) FROM t", "not a literal", "line 1, column 8", "simpler"),
    ("SELECT format('%x', 5)", "%x", "line 1, column 8", "simpler"),
    ("SELECT regexp_extract(x, '(a)?(b)', 1) FROM t", "need not match", "line 1, column 8", "simpler"),
    ("SELECT json_extract(x, '$..a') FROM t", "$..a", "line 1, column 8", "simpler"),
    ("SELECT t AT TIME ZONE 'Asia/Tokyo' FROM t", "another zone", "line 1, column 8", "AS timestamp"),
    ("SELECT approx_percentile(x, w, 0.5) FROM t", "weights", "line 1, column 8", "approx_percentile(x, "),
    ("SELECT x FROM t CROSS JOIN UNNEST(a) AS u", "names", "line", "UNNEST(array) AS t (x)"),
    ("SELECT x FROM t WHERE x NOT IN (1, 2, NULL)", "NULL in a list", "line 1, column 23", "IS NULL"),
    ("SELECT INTERVAL '1 2' DAY TO HOUR", "interval", "", "one unit"),
    ("SELECT extract(timezone_hour FROM t) FROM t", "timezone_hour", "line", "hour"),
]
NO_QUERIES = ["CREATE TABLE t AS SELECT 1", "DROP TABLE t", "INSERT INTO t VALUES (1)", "UNLOAD (SELECT 1) TO 'x'"]
NO_QUERIES += [
    "DELETE FROM t",
    "ALTER TABLE t ADD COLUMNS (a int)",
    "MSCK REPAIR TABLE t",
    "SHOW PARTITIONS t",
    "SELEC 1",
]
NO_QUERIES += ["COPY t TO 'f'", "ATTACH 'f'", "EXPLAIN SELECT 1", "SET a = 1", "PRAGMA version"]


@pytest.mark.parametrize(("sql", "what", "where", "instead"), NOT_ATHENAS + WITHOUT_EQUAL, ids=lambda value: value)
def test_it_is_refused_with_the_place_and_what_to_do(sql: str, what: str, where: str, instead: str) -> None:
    with pytest.raises(UsageError) as caught:
        translate(sql)
    assert what in caught.value.what
    assert where in caught.value.what
    assert instead in caught.value.remedy
    assert "\n" not in caught.value.what + caught.value.remedy


@pytest.mark.parametrize("sql", NO_QUERIES)
def test_what_is_no_query_is_refused_with_what_may_be_asked(sql: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=sql.split(maxsplit=1)[0]) as caught:
        translate(sql)
    assert "SHOW TABLES" in caught.value.remedy
    assert capfd.readouterr() == ("", "")


def test_failures_are_told_of_the_query_that_was_asked() -> None:
    unknown = 'Binder Error: Referenced column "nope" not found\n\nLINE 1: SELECT ATHENA_DIVIDE(nope...'
    assert explained(unknown, "SELECT 1,\n nope / 2") == (
        'Binder Error: Referenced column "nope" not found (line 2, column 2)'
    )
    checked = "Conversion Error: Could not convert string 'athena: Key not present in map: x' to INT32"
    assert explained(checked, "SELECT m['x']") == "Key not present in map: x"
    assert explained("No function matches 'athena_to_double(BLOB)'", "") == "No function matches 'double(BLOB)'"
