"""Random expressions of Athena's SQL, each of a known kind: numbers, texts, times, conditions, arrays."""

from __future__ import annotations

from hypothesis import strategies as st

_INTEGERS = st.sampled_from(["0", "1", "2", "-3", "7", "100", "2147483647", "CAST(5 AS bigint)", "length('äb')"])
_DECIMALS = st.sampled_from(["0.5", "1.25", "-2.50", "100.0", "3.333"])
_DOUBLES = st.sampled_from(["1e0", "2.5e0", "-0.75e0", "1e3"])
_TEXTS = st.sampled_from(["''", "'a'", "'Ab c'", "'a,b,c'", "'x=1&y=2'", "'äöü'", "'12'", "' 7 '", "'2026-11-01'"])
_TIMES = st.sampled_from(
    [
        "TIMESTAMP '2026-02-28 23:59:59.999'",
        "TIMESTAMP '2024-02-29 00:00:00.000'",
        "CAST(DATE '2026-12-31' AS timestamp)",
        "date_parse('2026-03-29 01:30:00', '%Y-%m-%d %H:%i:%s')",
    ]
)
_UNITS = st.sampled_from(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
_COUNTS = st.integers(-40, 40)


def expressions() -> st.SearchStrategy[str]:
    """An expression of any kind."""
    return st.one_of(_numbers(), _texts(), _times(), _conditions(), _of_arrays())


def _numbers(depth: int = 2) -> st.SearchStrategy[str]:
    plain = st.one_of(_INTEGERS, _DECIMALS, _DOUBLES)
    if not depth:
        return plain
    less = _numbers(depth - 1)
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, less, st.sampled_from("+-*/"), less),
        st.builds("round({})".format, less),
        st.builds("{}({})".format, st.sampled_from(["abs", "floor", "ceil"]), less),
        st.builds("CAST({} AS {})".format, less, st.sampled_from(["integer", "bigint", "double", "decimal(18, 2)"])),
        st.builds("coalesce(nullif({}, {}), 0)".format, less, less),
        st.builds("strpos({}, {})".format, _TEXTS, _TEXTS),
        st.builds("TRY_CAST({} AS bigint)".format, _TEXTS),
        st.builds("date_diff('{}', {}, {})".format, _UNITS, _TIMES, _TIMES),
    )


def _texts(depth: int = 2) -> st.SearchStrategy[str]:
    if not depth:
        return _TEXTS
    less = _texts(depth - 1)
    return st.one_of(
        _TEXTS,
        st.builds("({} || {})".format, less, less),
        st.builds("{}({})".format, st.sampled_from(["upper", "lower", "trim", "reverse", "url_encode"]), less),
        st.builds("substr({}, {}, {})".format, less, _COUNTS, _COUNTS),
        st.builds("split_part({}, ',', {})".format, less, st.integers(1, 4)),
        st.builds("replace({}, {}, {})".format, less, st.sampled_from(["'a'", "','", "'x'"]), _TEXTS),
        st.builds("lpad({}, {}, 'xy')".format, less, st.integers(0, 9)),
        st.builds("regexp_extract({}, '[a-z]+')".format, less),
        st.builds("regexp_replace({}, '([a-z])([^a-z])', '$2$1')".format, less),
        st.builds("CAST({} AS varchar)".format, _numbers(1)),
        st.builds("date_format({}, '%Y-%m-%d %H:%i:%s')".format, _times(1)),
        st.builds("if({}, {}, {})".format, _conditions(0), less, less),
    )


def _times(depth: int = 2) -> st.SearchStrategy[str]:
    if not depth:
        return _TIMES
    less = _times(depth - 1)
    return st.one_of(
        _TIMES,
        st.builds("date_trunc('{}', {})".format, _UNITS, less),
        st.builds("date_add('{}', {}, {})".format, _UNITS, _COUNTS, less),
        st.builds("({} - INTERVAL '1' {})".format, less, st.sampled_from(["DAY", "MONTH", "HOUR", "YEAR"])),
    )


def _conditions(depth: int = 2) -> st.SearchStrategy[str]:
    compared = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    plain = st.one_of(
        st.builds("{} {} {}".format, _numbers(1), compared, _numbers(1)),
        st.builds("{} {} {}".format, _times(1), compared, _times(1)),
        st.builds("{} LIKE '{}%'".format, _TEXTS, st.sampled_from("aAx")),
    )
    if not depth:
        return plain
    less = _conditions(depth - 1)
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, less, st.sampled_from(["AND", "OR"]), less),
        st.builds("(NOT {})".format, less),
        st.builds("({} {} {})".format, _texts(0), compared, _texts(0)),
    )


def _arrays(depth: int = 1) -> st.SearchStrategy[str]:
    plain = st.sampled_from(["ARRAY[3, 1, 2, 3]", "ARRAY[1, NULL, 5]", "ARRAY[7]", "sequence(1, 6)", "ARRAY[0, -4]"])
    if not depth:
        return plain
    less = _arrays(depth - 1)
    return st.one_of(
        plain,
        st.builds("{}({})".format, st.sampled_from(["array_sort", "array_distinct", "reverse"]), less),
        st.builds("({} || {})".format, less, less),
        st.builds("slice({}, {}, {})".format, less, st.integers(-5, 5), st.integers(0, 4)),
        st.builds("{}({}, {})".format, st.sampled_from(["array_union", "array_intersect", "array_except"]), less, less),
        st.builds("array_remove({}, {})".format, less, st.integers(0, 5)),
        st.builds("transform({}, x -> x {} {})".format, less, st.sampled_from("+-*/%"), st.integers(1, 3)),
        st.builds("filter({}, x -> x {} {})".format, less, st.sampled_from(["<", "=", ">="]), st.integers(-3, 5)),
        st.builds("zip_with({}, {}, (x, y) -> x - y)".format, less, less),
    )


def _of_arrays() -> st.SearchStrategy[str]:
    position = st.integers(-6, 6)
    return st.one_of(
        _arrays(2),
        st.builds("{}[{}]".format, _arrays(), position),
        st.builds("element_at({}, {})".format, _arrays(), position),
        st.builds("{}({})".format, st.sampled_from(["cardinality", "array_max", "array_min"]), _arrays(2)),
        st.builds("{}({}, {})".format, st.sampled_from(["contains", "array_position"]), _arrays(2), position),
        st.builds("arrays_overlap({}, {})".format, _arrays(), _arrays()),
        st.builds("array_join({}, '-', '?')".format, _arrays(2)),
        st.builds("reduce({}, 0, (s, x) -> s + x, s -> s)".format, _arrays()),
        st.builds("{}({}, x -> x > {})".format, st.sampled_from(["any_match", "all_match"]), _arrays(), position),
        st.builds("element_at(MAP({}, {}), {})".format, _arrays(), _arrays(), position),
        st.builds("array_join(transform(split({}, ','), x -> upper(x)), '|')".format, _texts(1)),
    )
