CREATE MACRO athena_date(x) AS athena_to_date(x);
CREATE MACRO athena_day(x) AS day(x);
CREATE MACRO athena_day_of_month(x) AS day(x);
CREATE MACRO athena_hour(x) AS hour(x);
CREATE MACRO athena_minute(x) AS minute(x);
CREATE MACRO athena_second(x) AS second(x);
CREATE MACRO athena_millisecond(x) AS millisecond(x) % 1000;
CREATE MACRO athena_day_of_week(x) AS isodow(x);
CREATE MACRO athena_dow(x) AS isodow(x);
CREATE MACRO athena_day_of_year(x) AS dayofyear(x);
CREATE MACRO athena_doy(x) AS dayofyear(x);
CREATE MACRO athena_week(x) AS weekofyear(x);
CREATE MACRO athena_week_of_year(x) AS weekofyear(x);
CREATE MACRO athena_year_of_week(x) AS isoyear(x);
CREATE MACRO athena_yow(x) AS isoyear(x);
CREATE MACRO athena_last_day_of_month(x) AS last_day(x);
CREATE MACRO athena_with_unit(unit, x, made) AS athena_checked(lower(unit) IN ('day', 'week', 'month', 'quarter', 'year')
    OR typeof(x) <> 'DATE' AND lower(unit) IN ('millisecond', 'second', 'minute', 'hour'), '''' || unit || ''' is not a valid unit of a ' || typeof(x), made);
CREATE MACRO athena_as_it_was(x, moved) AS struct_extract({
    'date': CASE WHEN typeof(x) = 'DATE' THEN CAST(moved AS DATE) END,
    'plain': CASE WHEN typeof(x) <> 'DATE' THEN moved END
}, CASE WHEN typeof(x) = 'DATE' THEN 'date' ELSE 'plain' END);
CREATE MACRO athena_date_trunc(unit, x) AS
    athena_with_unit(unit, x, athena_as_it_was(x, date_trunc(unit, x)));
CREATE MACRO athena_interval(unit, n) AS CASE lower(unit)
    WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
    WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_weeks(CAST(n AS INTEGER))
    WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(3 * CAST(n AS INTEGER)) WHEN 'year' THEN to_years(CAST(n AS INTEGER)) END;
CREATE MACRO athena_date_add(unit, n, x) AS
    athena_with_unit(unit, x, athena_as_it_was(x, x + athena_interval(unit, n)));
-- Whole units between, not borders crossed.
CREATE MACRO athena_date_diff(unit, a, b) AS athena_with_unit(unit, a, date_sub(unit, a, b));
CREATE MACRO athena_at_timezone(x, zone) AS timezone(zone, CAST(x AS TIMESTAMPTZ));
CREATE MACRO athena_now() AS date_trunc('millisecond', now());
CREATE MACRO athena_current_timezone() AS 'UTC';
CREATE MACRO athena_from_unixtime(s) AS to_timestamp(round(CAST(s AS DOUBLE) * 1000) / 1000),
    (s, zone) AS timezone(zone, to_timestamp(round(CAST(s AS DOUBLE) * 1000) / 1000));
CREATE MACRO athena_to_unixtime(x) AS CAST(epoch_us(x) AS DOUBLE) / 1000000;
CREATE MACRO athena_from_iso8601_timestamp(s) AS athena_read(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-]00(:?00)?)?)?', 'an ISO 8601 timestamp in UTC', date_trunc('millisecond', CAST(CASE WHEN contains(s, 'T') THEN s ELSE s || 'T00:00:00' END AS TIMESTAMPTZ)));
CREATE MACRO athena_from_iso8601_date(s) AS
    athena_read(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}', 'an ISO 8601 date', CAST(s AS DATE));
CREATE MACRO athena_to_iso8601(x) AS struct_extract({
    'date': CASE WHEN typeof(x) = 'DATE' THEN CAST(x AS VARCHAR) END,
    'timestamp': CASE WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END,
    'zoned': CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') END,
    'unpicked': [x]
}, CASE typeof(x) WHEN 'DATE' THEN 'date' WHEN 'TIMESTAMP' THEN 'timestamp' ELSE 'zoned' END);
-- Their formats are translated with the query.
CREATE MACRO athena_strftime(x, format) AS strftime(CAST(x AS TIMESTAMP), format);
CREATE MACRO athena_strptime(s, format) AS date_trunc('millisecond', strptime(s, format));
