"""The functions of Athena (engine version 3), and how each is answered on this machine.

A function is answered by a macro `athena_<name>` where there is one (`macros/`), by a rewriting of its call
(`rewrite.py`), under DuckDB's name for it, and else refused: no function is handed on only because DuckDB happens to
have one of that name.
"""

from __future__ import annotations

from types import MappingProxyType

from shared.query.athena.macros import names


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ATHENA = _names(
    """
    abs acos all_match any_match any_value approx_distinct approx_most_frequent approx_percentile approx_set
    arbitrary array_agg array_distinct array_except array_intersect array_join array_max array_min
    array_position array_remove array_sort array_union arrays_overlap asin at_timezone atan atan2 avg bar
    beta_cdf bit_count bitwise_and bitwise_and_agg bitwise_left_shift bitwise_not bitwise_or bitwise_or_agg
    bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor bitwise_xor_agg bool_and bool_or cardinality
    cbrt ceil ceiling checksum chr coalesce codepoint color combinations concat concat_ws contains
    contains_sequence corr cos cosh cosine_similarity count count_if covar_pop covar_samp crc32 cume_dist
    current_groups current_timezone date date_add date_diff date_format date_parse date_trunc day day_of_month
    day_of_week day_of_year degrees dense_rank dow doy e element_at empty_approx_set every exp filter
    first_value flatten floor format format_datetime format_number from_base from_base32 from_base64
    from_base64url from_big_endian_32 from_big_endian_64 from_hex from_ieee754_32 from_ieee754_64
    from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime from_unixtime_nanos
    from_utf8 geometric_mean great_circle_distance greatest grouping hamming_distance hash_counts histogram
    hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 hour human_readable_seconds infinity intersection_cardinality
    inverse_beta_cdf inverse_normal_cdf is_finite is_infinite is_json_scalar is_nan jaccard_index
    json_array_contains json_array_get json_array_length json_exists json_extract json_extract_scalar
    json_format json_object json_parse json_query json_size json_value kurtosis lag last_day_of_month last_value
    lead least length levenshtein_distance listagg ln log log10 log2 lower lpad ltrim luhn_check make_set_digest
    map map_agg map_concat map_entries map_filter map_from_entries map_keys map_union map_values map_zip_with
    max max_by md5 merge merge_set_digest millisecond min min_by minute mod month multimap_agg
    multimap_from_entries murmur3 nan ngrams none_match normal_cdf normalize now nth_value ntile nullif
    numeric_histogram parse_data_size parse_datetime parse_duration parse_presto_data_size percent_rank pi pow
    power qdigest_agg quantile_at_value quarter radians rand random rank reduce reduce_agg regexp_count
    regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace regexp_split regr_intercept
    regr_slope render repeat replace reverse rgb round row row_number rpad rtrim second sequence sha1 sha256 sha512
    shuffle sign sin sinh skewness slice soundex split split_part split_to_map split_to_multimap
    spooky_hash_v2_32 spooky_hash_v2_64 sqrt st_area st_contains st_distance st_geometryfromtext st_point
    starts_with stddev stddev_pop stddev_samp strpos substr substring sum t_cdf t_pdf tan tanh tdigest_agg
    timezone timezone_hour timezone_minute to_base to_base32 to_base64 to_base64url to_big_endian_32
    to_big_endian_64 to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds to_unixtime to_utf8 transform
    transform_keys transform_values translate trim trim_array truncate try typeof upper url_decode url_encode
    url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port
    url_extract_protocol url_extract_query uuid value_at_quantile values_at_quantiles var_pop var_samp variance
    week week_of_year width_bucket wilson_interval_lower wilson_interval_upper with_timezone word_stem xxhash64
    year year_of_week yow zip zip_with
    """
)

# DuckDB's function of the same name gives the same answer; with the names of those that `rewrite.py` makes.
SAME = _names(
    """
    abs acos all_match any_match approx_distinct approx_percentile array_agg array_sort asin atan atan2 avg
    bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or cbrt coalesce corr cos cosh count count_if
    covar_pop covar_samp cume_dist date_format date_parse degrees dense_rank exp filter first_value format
    format_datetime greatest grouping histogram kurtosis lag last_value lead least listagg ln log10 log2 lower
    map_agg map_filter map_keys map_values max max_by min min_by mod month none_match nth_value ntile nullif
    percent_rank pi quarter radians rank reduce regr_intercept regr_slope row_number sin sinh skewness sqrt
    starts_with stddev stddev_pop stddev_samp sum tan tanh transform transform_keys transform_values translate
    try var_pop var_samp variance year zip_with
    """
)

# DuckDB's function of another name gives the same answer.
RENAMED = MappingProxyType(
    {
        "any_value": "any_value",
        "arbitrary": "any_value",
        "every": "bool_and",
        "geometric_mean": "geometric_mean",
    }
)

# Functions of DuckDB and others that people reach for, and what Athena has instead.
INSTEAD = MappingProxyType(
    {
        "age": "date_diff(unit, a, b)",
        "approx_count_distinct": "approx_distinct(x)",
        "approx_quantile": "approx_percentile(x, p)",
        "arg_max": "max_by(x, y)",
        "arg_min": "min_by(x, y)",
        "array_length": "cardinality(array)",
        "countif": "count_if(condition)",
        "date_part": "extract(unit FROM x)",
        "date_sub": "date_add(unit, -n, x) or date_diff(unit, a, b)",
        "datediff": "date_diff(unit, a, b)",
        "epoch": "to_unixtime(x)",
        "epoch_ms": "to_unixtime(x) * 1000",
        "first": "arbitrary(x) or min_by(x, y)",
        "generate_series": "sequence(a, b)",
        "group_concat": "listagg(x, ',') WITHIN GROUP (ORDER BY ...)",
        "ifnull": "coalesce(x, y)",
        "instr": "strpos(text, part)",
        "isodow": "day_of_week(x)",
        "json_extract_string": "json_extract_scalar(json, path)",
        "last": "max_by(x, y)",
        "left": "substr(text, 1, n)",
        "len": "length(text) or cardinality(array)",
        "list": "array_agg(x)",
        "list_aggregate": "reduce(array, ...) or an aggregate over UNNEST",
        "list_contains": "contains(array, x)",
        "list_distinct": "array_distinct(array)",
        "list_filter": "filter(array, x -> ...)",
        "list_sort": "array_sort(array)",
        "list_transform": "transform(array, x -> ...)",
        "list_value": "ARRAY[...]",
        "median": "approx_percentile(x, 0.5)",
        "mode": "max_by over a subquery that counts",
        "nvl": "coalesce(x, y)",
        "percentile_cont": "approx_percentile(x, p)",
        "quantile": "approx_percentile(x, p)",
        "quantile_cont": "approx_percentile(x, p)",
        "quantile_disc": "approx_percentile(x, p)",
        "range": "sequence(a, b)",
        "read_csv": "a table of the lake",
        "read_parquet": "a table of the lake",
        "regexp_full_match": "regexp_like(text, '^...$')",
        "regexp_matches": "regexp_like(text, pattern)",
        "right": "substr(text, -n)",
        "str_split": "split(text, delimiter)",
        "strftime": "date_format(timestamp, format)",
        "string_agg": "listagg(x, ',') WITHIN GROUP (ORDER BY ...)",
        "string_split": "split(text, delimiter)",
        "strptime": "date_parse(text, format)",
        "struct_pack": "ROW(...)",
        "time_bucket": "date_trunc, or from_unixtime(floor(to_unixtime(x) / n) * n)",
        "to_days": "interval '1' day",
    }
)


def answered() -> frozenset[str]:
    """Athena's functions that are answered here."""
    return ATHENA & (SAME | RENAMED.keys() | names())
