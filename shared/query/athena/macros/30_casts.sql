-- Text is read strictly: no fractions for whole numbers. Doubles are rounded half up, away from zero.
CREATE MACRO athena_read(x, pattern, type, made) AS athena_checked(
    typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), pattern),
    'Cannot cast ''' || CAST(x AS VARCHAR) || ''' to ' || type, made);
CREATE MACRO athena_rounded(x) AS struct_extract({
    'double': CASE WHEN typeof(x) = 'DOUBLE' THEN round(TRY_CAST(x AS DOUBLE)) END,
    'plain': CASE WHEN typeof(x) <> 'DOUBLE' THEN x END
}, CASE WHEN typeof(x) = 'DOUBLE' THEN 'double' ELSE 'plain' END);
CREATE MACRO athena_to_integer(x) AS
    athena_read(x, '\s*[+-]?[0-9]+\s*', 'integer', CAST(athena_rounded(x) AS INTEGER));
CREATE MACRO athena_to_bigint(x) AS
    athena_read(x, '\s*[+-]?[0-9]+\s*', 'bigint', CAST(athena_rounded(x) AS BIGINT));
CREATE MACRO athena_to_smallint(x) AS
    athena_read(x, '\s*[+-]?[0-9]+\s*', 'smallint', CAST(athena_rounded(x) AS SMALLINT));
CREATE MACRO athena_to_tinyint(x) AS
    athena_read(x, '\s*[+-]?[0-9]+\s*', 'tinyint', CAST(athena_rounded(x) AS TINYINT));
CREATE MACRO athena_to_double(x) AS athena_read(x, '\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?|[+-]?NaN|[+-]?Infinity)\s*', 'double', CAST(x AS DOUBLE));
CREATE MACRO athena_to_boolean(x) AS
    athena_read(x, '(?i)t|f|true|false|1|0', 'boolean', CAST(x AS BOOLEAN));
CREATE MACRO athena_to_date(x) AS
    athena_read(x, '\s*[+-]?[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}\s*', 'date', CAST(x AS DATE));
-- A timestamp is one of milliseconds.
CREATE MACRO athena_to_timestamp(x) AS athena_read(x, '\s*[+-]?[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?)?\s*', 'timestamp', make_timestamp(CAST(round(epoch_us(CAST(x AS TIMESTAMP)) / 1000) AS BIGINT) * 1000));
CREATE MACRO athena_to_timestamptz(x) AS athena_read(x, '\s*[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}( [0-9:.]+)? ?(UTC|Z|[+-]00:00)?\s*',
    'timestamp with time zone: write it in UTC', CAST(x AS TIMESTAMPTZ));

-- 1.0E20: one digit, a point, at least one digit more, and the power of ten.
CREATE MACRO athena_exponent_text(sign, digits, exponent) AS sign || digits[1] || '.'
    || CASE WHEN length(rtrim(digits[2:], '0')) = 0 THEN '0' ELSE rtrim(digits[2:], '0') END || 'E' || CAST(exponent AS VARCHAR);
CREATE MACRO athena_of_parts(sign, whole, fraction, exponent) AS CASE
    WHEN ltrim(whole, '0') <> '' THEN athena_exponent_text(sign, ltrim(whole || fraction, '0'), exponent + length(ltrim(whole, '0')) - 1)
    ELSE athena_exponent_text(sign, ltrim(fraction, '0'), exponent - length(fraction) + length(ltrim(fraction, '0')) - 1) END;
CREATE MACRO athena_double_text(t) AS CASE
    WHEN t IN ('0.0', '-0.0') THEN replace(t, '0.0', '0E0') WHEN t = 'nan' THEN 'NaN'
    WHEN t = 'inf' THEN 'Infinity' WHEN t = '-inf' THEN '-Infinity'
    ELSE athena_of_parts(regexp_extract(t, '^-'), regexp_extract(t, '^-?([0-9]+)', 1), regexp_extract(t, '\.([0-9]+)', 1),
        coalesce(TRY_CAST(regexp_extract(t, 'e(.*)$', 1) AS INTEGER), 0)) END;
CREATE MACRO athena_to_varchar(x) AS struct_extract({
    'unpicked': [x],
    'double': CASE WHEN typeof(x) = 'DOUBLE' THEN athena_double_text(CAST(x AS VARCHAR)) END,
    'timestamp': CASE WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') END,
    'zoned': CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC') END,
    'json': CASE WHEN typeof(x) = 'JSON' THEN json_extract_string(TRY_CAST(x AS VARCHAR), '$') END,
    'plain': CASE WHEN typeof(x) NOT IN ('DOUBLE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'JSON') THEN CAST(x AS VARCHAR) END
}, CASE typeof(x) WHEN 'DOUBLE' THEN 'double' WHEN 'TIMESTAMP' THEN 'timestamp' WHEN 'JSON' THEN 'json'
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'zoned' ELSE 'plain' END);
-- What Java's %s prints: doubles without a power of ten unless they are large or small.
CREATE MACRO athena_java_text(x) AS CASE
    WHEN typeof(x) <> 'DOUBLE' THEN athena_to_varchar(x)
    WHEN abs(TRY_CAST(x AS DOUBLE)) >= 0.001 AND abs(TRY_CAST(x AS DOUBLE)) < 10000000 OR TRY_CAST(x AS DOUBLE) = 0 THEN CAST(x AS VARCHAR)
    ELSE athena_to_varchar(x) END;
