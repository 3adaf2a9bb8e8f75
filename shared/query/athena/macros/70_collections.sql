CREATE MACRO athena_cardinality(c) AS CASE WHEN c IS NULL THEN NULL WHEN athena_is_map(c) THEN CAST(cardinality(athena_as_map(c)) AS BIGINT) ELSE len(athena_as_array(c)) END;
CREATE MACRO athena_keys(m) AS list_transform(map_entries(athena_as_map(m)), LAMBDA e: e.key);
CREATE MACRO athena_position(k) AS TRY_CAST(k AS BIGINT);
CREATE MACRO athena_subscript(c, k) AS struct_extract({
    'map': CASE WHEN athena_is_map(c) THEN athena_checked(c IS NULL OR k IS NULL OR list_contains(athena_keys(c), k), 'Key not present in map: ' || CAST(k AS VARCHAR), c[k]) END,
    'unpicked': [c],
    'array': CASE WHEN NOT athena_is_map(c) THEN athena_checked(athena_position(k) BETWEEN 1 AND len(athena_as_array(c)), 'Array subscript must be between 1 and the length', c[k]) END
}, CASE WHEN athena_is_map(c) THEN 'map' ELSE 'array' END);
-- A number that stands in the query may be that of a row's field.
CREATE MACRO athena_is_row(x) AS regexp_matches(typeof(x), '^(STRUCT|TUPLE)\(.*\)$');
CREATE MACRO athena_as_row(x) AS struct_extract({'row': x, 'unpicked': [x], 'other': row(0, 0, 0, 0, 0, 0, 0, 0, 0)},
    CASE WHEN athena_is_row(x) THEN 'row' ELSE 'other' END);
CREATE MACRO athena_field(c, k) AS struct_extract({
    'row': struct_extract_at(athena_as_row(c), k),
    'other': CASE WHEN NOT athena_is_row(c) THEN athena_subscript(c, k) END
}, CASE WHEN athena_is_row(c) THEN 'row' ELSE 'other' END);
CREATE MACRO athena_element_at(c, k) AS struct_extract({
    'map': CASE WHEN athena_is_map(c) THEN c[k] END,
    'unpicked': [c],
    'array': CASE WHEN NOT athena_is_map(c) THEN athena_checked(athena_position(k) <> 0, 'SQL array indices start at 1', c[k]) END
}, CASE WHEN athena_is_map(c) THEN 'map' ELSE 'array' END);
CREATE MACRO athena_has_null(a) AS len(a) > list_count(a);
CREATE MACRO athena_contains(a, x) AS CASE
    WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN TRUE WHEN athena_has_null(a) THEN NULL ELSE FALSE END;
CREATE MACRO athena_array_position(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL ELSE CAST(coalesce(list_position(a, x), 0) AS BIGINT) END;
CREATE MACRO athena_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO athena_array_distinct(a) AS list_filter(a, LAMBDA x, i: len(list_filter(a[1:i - 1], LAMBDA y: y IS NOT DISTINCT FROM x)) = 0);
CREATE MACRO athena_array_union(a, b) AS athena_array_distinct(list_concat(a, b));
CREATE MACRO athena_array_intersect(a, b) AS athena_array_distinct(list_filter(a, LAMBDA x: len(list_filter(b, LAMBDA y: y IS NOT DISTINCT FROM x)) > 0));
-- Less an empty array it stays as it is, with what it repeats.
CREATE MACRO athena_array_except(a, b) AS CASE WHEN len(b) = 0 THEN a ELSE
    athena_array_distinct(list_filter(a, LAMBDA x: len(list_filter(b, LAMBDA y: y IS NOT DISTINCT FROM x)) = 0)) END;
CREATE MACRO athena_array_remove(a, x) AS CASE WHEN x IS NOT NULL THEN list_filter(a, LAMBDA y: y IS NULL OR y <> x) END;
CREATE MACRO athena_arrays_overlap(a, b) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) = 0 OR len(b) = 0 THEN FALSE WHEN list_has_any(list_filter(a, LAMBDA x: x IS NOT NULL), list_filter(b, LAMBDA x: x IS NOT NULL)) THEN TRUE
    WHEN athena_has_null(a) OR athena_has_null(b) THEN NULL ELSE FALSE END;
CREATE MACRO athena_array_max(a) AS CASE WHEN NOT athena_has_null(a) THEN list_max(a) END;
CREATE MACRO athena_array_min(a) AS CASE WHEN NOT athena_has_null(a) THEN list_min(a) END;
CREATE MACRO athena_array_join(a, separator) AS array_to_string(list_transform(list_filter(a, LAMBDA x: x IS NOT NULL), LAMBDA x: athena_to_varchar(x)), separator),
    (a, separator, instead) AS array_to_string(list_transform(a, LAMBDA x: coalesce(athena_to_varchar(x), instead)), separator);
CREATE MACRO athena_slice(a, start, n) AS 
    athena_checked(start <> 0 AND n >= 0, 'SQL array indices start at 1, and a length is 0 or more',
        CASE WHEN abs(start) > len(a) THEN a[1:0] WHEN start > 0 THEN a[start:start + n - 1] ELSE a[len(a) + start + 1:len(a) + start + n] END);
CREATE MACRO athena_flatten(a) AS flatten(a);
CREATE MACRO athena_repeat(x, n) AS list_transform(range(1, n + 1), LAMBDA i: x);
CREATE MACRO athena_zip(a, b) AS list_zip(a, b), (a, b, c) AS list_zip(a, b, c);
CREATE MACRO athena_trim_array(a, n) AS athena_checked(n BETWEEN 0 AND len(a), 'size must be between 0 and the length of the array', a[1:len(a) - n]);
CREATE MACRO athena_step(step) AS CASE WHEN typeof(step) = 'INTERVAL' THEN TRY_CAST(step AS INTERVAL) ELSE to_days(TRY_CAST(step AS INTEGER)) END;
CREATE MACRO athena_series(a, b, step) AS struct_extract({
    'integer': CASE WHEN athena_is_integer(a) THEN generate_series(TRY_CAST(a AS BIGINT), TRY_CAST(b AS BIGINT), TRY_CAST(step AS BIGINT)) END,
    'date': CASE WHEN typeof(a) = 'DATE' THEN list_transform(generate_series(TRY_CAST(a AS TIMESTAMP), TRY_CAST(b AS TIMESTAMP), athena_step(step)), LAMBDA t: CAST(t AS DATE)) END,
    'timestamp': CASE WHEN typeof(a) = 'TIMESTAMP' THEN generate_series(TRY_CAST(a AS TIMESTAMP), TRY_CAST(b AS TIMESTAMP), athena_step(step)) END,
    'unpicked': [a]
}, CASE typeof(a) WHEN 'DATE' THEN 'date' WHEN 'TIMESTAMP' THEN 'timestamp' ELSE 'integer' END);
CREATE MACRO athena_sequence(a, b) AS athena_series(a, b, CASE WHEN TRY_CAST(CAST(a <= b AS VARCHAR) AS BOOLEAN) IS NOT FALSE THEN 1 ELSE -1 END),
    (a, b, step) AS athena_series(a, b, step);

CREATE MACRO athena_map() AS MAP {}, (keys, vals) AS map(keys, vals);
CREATE MACRO athena_map_entries(m) AS list_transform(map_entries(m), LAMBDA e: row(e.key, e.value));
CREATE MACRO athena_map_from_entries(e) AS map_from_entries(e);
CREATE MACRO athena_map_concat(a, b) AS map_concat(a, b), (a, b, c) AS map_concat(a, b, c);
CREATE MACRO athena_row(a) AS row(a), (a, b) AS row(a, b), (a, b, c) AS row(a, b, c), (a, b, c, d) AS row(a, b, c, d), (a, b, c, d, e) AS row(a, b, c, d, e);
-- What a predicate of the elements gave: TRUE, FALSE or NULL for each.
CREATE MACRO athena_any_true(a) AS CASE WHEN list_contains(a, TRUE) THEN TRUE WHEN athena_has_null(a) THEN NULL WHEN a IS NOT NULL THEN FALSE END;
CREATE MACRO athena_all_true(a) AS CASE WHEN list_contains(a, FALSE) THEN FALSE WHEN athena_has_null(a) THEN NULL WHEN a IS NOT NULL THEN TRUE END;
-- The pairs of map_agg: of one key the first that came.
CREATE MACRO athena_of_pairs(pairs) AS map_from_entries(list_filter(pairs, LAMBDA p, i: p.k IS NOT NULL AND len(list_filter(pairs[1:i - 1], LAMBDA q: q.k = p.k)) = 0));
CREATE MACRO athena_of_histogram(counts) AS map_from_entries(list_transform(map_entries(counts), LAMBDA e: struct_pack(k := e.key, v := CAST(e.value AS BIGINT))));
CREATE MACRO athena_unnestable(c) AS struct_extract({
    'map': map_entries(athena_as_map(c)),
    'unpicked': [c],
    'array': athena_as_array(c)
}, CASE WHEN athena_is_map(c) THEN 'map' ELSE 'array' END);
