-- A quotient of decimals has the larger scale of both and is rounded half up: 100.0 * 1 / 3 is 33.3.
CREATE MACRO athena_half_up(n, d) AS
    sign(n) * sign(d) * ((abs(n) * 2 + abs(d)) // (abs(d) * 2));
CREATE MACRO athena_quotient_type(a, b) AS struct_extract({
    'unpicked': [a],
    's0': NULL::DECIMAL(28, 0), 's1': NULL::DECIMAL(29, 1), 's2': NULL::DECIMAL(30, 2), 's3': NULL::DECIMAL(31, 3),
    's4': NULL::DECIMAL(32, 4), 's5': NULL::DECIMAL(33, 5), 's6': NULL::DECIMAL(34, 6), 's7': NULL::DECIMAL(35, 7),
    's8': NULL::DECIMAL(36, 8), 's9': NULL::DECIMAL(37, 9), 's10': NULL::DECIMAL(38, 10), 's11': NULL::DECIMAL(38, 11),
    's12': NULL::DECIMAL(38, 12), 's13': NULL::DECIMAL(38, 13), 's14': NULL::DECIMAL(38, 14), 's15': NULL::DECIMAL(38, 15),
    's16': NULL::DECIMAL(38, 16), 's17': NULL::DECIMAL(38, 17), 's18': NULL::DECIMAL(38, 18), 's19': NULL::DECIMAL(38, 19),
    's20': NULL::DECIMAL(38, 20), 's21': NULL::DECIMAL(38, 21), 's22': NULL::DECIMAL(38, 22), 's23': NULL::DECIMAL(38, 23),
    's24': NULL::DECIMAL(38, 24), 's25': NULL::DECIMAL(38, 25), 's26': NULL::DECIMAL(38, 26), 's27': NULL::DECIMAL(38, 27),
    's28': NULL::DECIMAL(38, 28), 's29': NULL::DECIMAL(38, 29), 's30': NULL::DECIMAL(38, 30), 's31': NULL::DECIMAL(38, 31),
    's32': NULL::DECIMAL(38, 32), 's33': NULL::DECIMAL(38, 33), 's34': NULL::DECIMAL(38, 34), 's35': NULL::DECIMAL(38, 35),
    's36': NULL::DECIMAL(38, 36), 's37': NULL::DECIMAL(38, 37), 's38': NULL::DECIMAL(38, 38)
}, 's' || greatest(athena_scale(a), athena_scale(b)));
CREATE MACRO athena_last_digit(scale) AS CASE WHEN scale = 0 THEN '1' ELSE '0.' || repeat('0', scale - 1) || '1' END;
CREATE MACRO athena_decimal_quotient(a, b) AS cast_to_type(list_transform([struct_pack(
        n := athena_unscaled(a) * athena_ten_to(greatest(athena_scale(a), athena_scale(b)) + athena_scale(b) - athena_scale(a)),
        d := athena_unscaled(b))], LAMBDA p: athena_half_up(p.n, p.d))[1]
    * cast_to_type(athena_last_digit(greatest(athena_scale(a), athena_scale(b))), athena_quotient_type(a, b)),
    athena_quotient_type(a, b));
-- // truncates integers; / divides doubles, by zero too.
CREATE MACRO athena_quotient(a, b) AS CASE
    WHEN athena_is_integer(a) AND athena_is_integer(b) THEN 'integer'
    WHEN (athena_is_decimal(a) OR athena_is_integer(a)) AND (athena_is_decimal(b) OR athena_is_integer(b)) THEN 'decimal'
    ELSE 'double' END;
CREATE MACRO athena_divide(a, b) AS struct_extract({
    'integer': CASE WHEN athena_quotient(a, b) = 'integer' THEN a // b END,
    'decimal': CASE WHEN athena_quotient(a, b) = 'decimal' THEN athena_decimal_quotient(a, b) END,
    'double': CASE WHEN athena_quotient(a, b) = 'double' THEN a / b END
}, athena_quotient(a, b));

-- Dates less dates are days as an interval; a date moved by days, months or years is a date.
CREATE MACRO athena_both_dates(a, b) AS typeof(a) = 'DATE' AND typeof(b) = 'DATE';
CREATE MACRO athena_moved_date(a, b) AS typeof(a) = 'DATE' AND typeof(b) = 'INTERVAL';
CREATE MACRO athena_minus(a, b) AS struct_extract({
    'dates': CASE WHEN athena_both_dates(a, b) THEN to_days(CAST(CAST(a - b AS VARCHAR) AS INTEGER)) END,
    'moved': CASE WHEN athena_moved_date(a, b) THEN CAST(a - b AS DATE) END,
    'plain': CASE WHEN NOT athena_both_dates(a, b) AND NOT athena_moved_date(a, b) THEN a - b END
}, CASE WHEN athena_both_dates(a, b) THEN 'dates' WHEN athena_moved_date(a, b) THEN 'moved' ELSE 'plain' END);
CREATE MACRO athena_plus(a, b) AS struct_extract({
    'moved': CASE WHEN athena_moved_date(a, b) OR athena_moved_date(b, a) THEN CAST(a + b AS DATE) END,
    'plain': CASE WHEN NOT athena_moved_date(a, b) AND NOT athena_moved_date(b, a) THEN a + b END
}, CASE WHEN athena_moved_date(a, b) OR athena_moved_date(b, a) THEN 'moved' ELSE 'plain' END);

CREATE MACRO athena_log(base, x) AS ln(x) / ln(base);
CREATE MACRO athena_power(x, y) AS pow(CAST(x AS DOUBLE), CAST(y AS DOUBLE));
CREATE MACRO athena_pow(x, y) AS pow(CAST(x AS DOUBLE), CAST(y AS DOUBLE));
CREATE MACRO athena_e() AS CAST(2.718281828459045 AS DOUBLE);
CREATE MACRO athena_nan() AS CAST('nan' AS DOUBLE);
CREATE MACRO athena_infinity() AS CAST('inf' AS DOUBLE);
CREATE MACRO athena_is_nan(x) AS isnan(CAST(x AS DOUBLE));
CREATE MACRO athena_is_finite(x) AS isfinite(CAST(x AS DOUBLE));
CREATE MACRO athena_is_infinite(x) AS isinf(CAST(x AS DOUBLE));
-- Integers stay integers, and decimals keep their scale.
CREATE MACRO athena_same_kind(x, made) AS struct_extract({
    'integer': CASE WHEN athena_is_integer(x) THEN cast_to_type(made, x) END,
    'decimal': CASE WHEN athena_is_decimal(x) THEN cast_to_type(made, x + CAST(0 AS DECIMAL(1, 0))) END,
    'plain': CASE WHEN NOT athena_is_integer(x) AND NOT athena_is_decimal(x) THEN made END
}, CASE WHEN athena_is_integer(x) THEN 'integer' WHEN athena_is_decimal(x) THEN 'decimal' ELSE 'plain' END);
CREATE MACRO athena_whole(x, made) AS struct_extract({
    'integer': CASE WHEN athena_is_integer(x) THEN x END,
    'plain': CASE WHEN NOT athena_is_integer(x) THEN made END
}, CASE WHEN athena_is_integer(x) THEN 'integer' ELSE 'plain' END);
CREATE MACRO athena_floor(x) AS athena_whole(x, floor(x));
CREATE MACRO athena_ceil(x) AS athena_whole(x, ceil(x));
CREATE MACRO athena_ceiling(x) AS athena_whole(x, ceil(x));
CREATE MACRO athena_round(x) AS athena_whole(x, round(x)), (x, n) AS athena_same_kind(x, round(x, n));
CREATE MACRO athena_truncate(x) AS athena_whole(x, trunc(x)), (x, n) AS athena_same_kind(x, trunc(x, n));
CREATE MACRO athena_sign(x) AS cast_to_type(sign(x), x);
CREATE MACRO athena_random() AS random(), (n) AS CAST(floor(random() * n) AS BIGINT),
    (low, high) AS low + CAST(floor(random() * (high - low)) AS BIGINT);
CREATE MACRO athena_rand() AS random();
CREATE MACRO athena_bitwise_and(x, y) AS CAST(x AS BIGINT) & CAST(y AS BIGINT);
CREATE MACRO athena_bitwise_or(x, y) AS CAST(x AS BIGINT) | CAST(y AS BIGINT);
CREATE MACRO athena_bitwise_xor(x, y) AS xor(CAST(x AS BIGINT), CAST(y AS BIGINT));
CREATE MACRO athena_bitwise_not(x) AS ~CAST(x AS BIGINT);
CREATE MACRO athena_bit_count(x, bits) AS
    CAST(bit_count(CASE WHEN bits < 64 THEN CAST(x AS BIGINT) & ((CAST(1 AS BIGINT) << bits) - 1) ELSE CAST(x AS BIGINT) END) AS BIGINT);
CREATE MACRO athena_width_bucket(x, low, high, n) AS CASE
    WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low) * CAST(n AS DOUBLE) / (high - low)) AS BIGINT) + 1 END;

-- Sums of integers are BIGINT and overflow; averages of decimals are decimals of the same scale.
CREATE MACRO athena_of_sum(total) AS struct_extract({
    'integer': CASE WHEN athena_is_integer(total) THEN CAST(total AS BIGINT) END,
    'plain': CASE WHEN NOT athena_is_integer(total) THEN total END
}, CASE WHEN athena_is_integer(total) THEN 'integer' ELSE 'plain' END);
CREATE MACRO athena_of_avg(average, total, n) AS struct_extract({
    'decimal': CASE WHEN athena_is_decimal(total) AND n > 0 THEN athena_decimal_quotient(total, n) END,
    'plain': CASE WHEN NOT athena_is_decimal(total) THEN average END
}, CASE WHEN athena_is_decimal(total) THEN 'decimal' ELSE 'plain' END);
-- DuckDB's count_if is NULL where nothing is there to count.
CREATE MACRO athena_of_count(n) AS coalesce(CAST(n AS BIGINT), 0);
CREATE MACRO athena_of_grouping(n) AS CAST(n AS INTEGER);
-- Regressions of what is no double are REAL; skewness is of the population, of three values or more.
CREATE MACRO athena_of_regression(made, x, y) AS struct_extract({
    'double': CASE WHEN typeof(x) = 'DOUBLE' OR typeof(y) = 'DOUBLE' THEN made END,
    'unpicked': [x],
    'real': CASE WHEN typeof(x) <> 'DOUBLE' AND typeof(y) <> 'DOUBLE' THEN CAST(made AS FLOAT) END
}, CASE WHEN typeof(x) = 'DOUBLE' OR typeof(y) = 'DOUBLE' THEN 'double' ELSE 'real' END);
CREATE MACRO athena_of_skewness(made, n) AS made * (n - 2) / sqrt(n * (n - 1));
CREATE MACRO athena_of_percentile(made) AS struct_extract({
    'integer': CASE WHEN typeof(made) = 'INTEGER' THEN TRY_CAST(made AS BIGINT) END,
    'integers': CASE WHEN typeof(made) = 'INTEGER[]' THEN TRY_CAST(made AS BIGINT[]) END,
    'real': CASE WHEN athena_is_decimal(made) THEN TRY_CAST(made AS FLOAT) END,
    'unpicked': [made],
    'plain': made
}, CASE WHEN typeof(made) = 'INTEGER' THEN 'integer' WHEN typeof(made) = 'INTEGER[]' THEN 'integers'
    WHEN athena_is_decimal(made) THEN 'real' ELSE 'plain' END);
