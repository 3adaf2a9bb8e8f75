"""The functions of Athena (engine version 3), and how each is answered on this machine.

A function is answered by a macro `athena_<name>` where there is one (`macros/`), by a rewriting of its call
(`rewrite.py`), under DuckDB's name for it, and else refused: no function is handed on only because DuckDB happens to
have one of that name.
"""

from __future__ import annotations

from types import MappingProxyType


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# DuckDB's function of the same name gives the same answer; with the names of those that `rewrite.py` makes.
SAME = _names(
    """
    abs acos all_match any_match approx_distinct approx_percentile array_agg array_sort asin atan atan2 avg
    bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or cbrt coalesce corr cos cosh count count_if
    covar_pop covar_samp cume_dist date_format date_parse degrees dense_rank exp filter first_value format
    format_datetime greatest grouping histogram kurtosis lag last_value lead least listagg ln log10 log2 lower
    map_agg map_filter map_keys map_values max max_by min min_by mod month none_match nth_value ntile nullif
    parse_datetime percent_rank pi quarter radians rank reduce regr_intercept regr_slope row_number sin sinh
    skewness sqrt starts_with stddev stddev_pop stddev_samp sum tan tanh transform transform_keys
    transform_values translate try uuid var_pop var_samp variance year zip_with
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

# Athena has them; nothing here gives the same answer.
ABSENT = _names(
    """
    approx_most_frequent approx_set bar beta_cdf bing_tile bitwise_left_shift bitwise_right_shift
    bitwise_right_shift_arithmetic cast checksum classify color combinations contains_sequence convex_hull_agg
    cosine_similarity crc32 current_groups empty_approx_set evaluate_classifier_predictions features
    format_number from_base from_base32 from_base64url from_big_endian_32 from_big_endian_64
    from_geojson_geometry from_ieee754_32 from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos
    geometry_from_hadoop_shape geometry_union_agg great_circle_distance hash_counts hmac_md5 hmac_sha1
    hmac_sha256 hmac_sha512 human_readable_seconds intersection_cardinality inverse_beta_cdf inverse_normal_cdf
    jaccard_index json_array_contains json_array_get json_exists json_object json_query json_value
    learn_classifier learn_libsvm_classifier learn_regressor line_locate_point luhn_check make_set_digest
    map_union map_zip_with merge merge_set_digest multimap_agg multimap_from_entries murmur3 ngrams normal_cdf
    normalize numeric_histogram parse_data_size parse_duration parse_presto_data_size qdigest_agg
    quantile_at_value reduce_agg regexp_position regr_avgx render rgb sha512 shuffle simplify_geometry soundex
    spatial_partitioning split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 st_area st_contains st_distance
    st_geometryfromtext st_point t_cdf t_pdf tdigest_agg timezone timezone_hour timezone_minute to_base
    to_base32 to_base64url to_big_endian_32 to_big_endian_64 to_char to_date to_ieee754_32 to_ieee754_64
    to_milliseconds to_timestamp typeof value_at_quantile values_at_quantiles wilson_interval_lower
    wilson_interval_upper with_timezone word_stem xxhash64
    """
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

KNOWN = SAME | RENAMED.keys() | ABSENT
