-- Which of Athena's kinds a value has. typeof() is known when a query is bound, so a struct_extract() by it picks an
-- expression with its own type, and the expressions that are not picked must only be NULL (they are bound all the same).

CREATE MACRO athena_is_integer(x) AS typeof(x) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT');
CREATE MACRO athena_is_decimal(x) AS starts_with(typeof(x), 'DECIMAL');
CREATE MACRO athena_is_map(x) AS starts_with(typeof(x), 'MAP(') AND NOT ends_with(typeof(x), ']');
CREATE MACRO athena_is_array(x) AS ends_with(typeof(x), ']');
CREATE MACRO athena_scale(x) AS
    CASE WHEN athena_is_decimal(x) THEN CAST(regexp_extract(typeof(x), ',(\d+)\)', 1) AS INTEGER) ELSE 0 END;
CREATE MACRO athena_ten_to(n) AS CAST('1' || repeat('0', n) AS HUGEINT);
CREATE MACRO athena_unscaled(x) AS CAST(x * athena_ten_to(athena_scale(x)) AS HUGEINT);
-- The value, or the query fails with the message. error() would be volatile, which TRY() does not take: a cast that
-- fails is not, and stands where it is looked at only then.
CREATE MACRO athena_checked(condition, message, x) AS
    CASE WHEN condition IS NOT FALSE THEN x ELSE [x][CAST('athena: ' || message AS INTEGER)] END;
-- The value itself where it is of that kind, else an empty one: what both kinds must be bound with.
CREATE MACRO athena_as_map(c) AS struct_extract({'map': c, 'unpicked': [c], 'other': MAP([0], [0])},
    CASE WHEN athena_is_map(c) THEN 'map' ELSE 'other' END);
CREATE MACRO athena_as_array(c) AS struct_extract({'array': c, 'unpicked': [c], 'other': [0]},
    CASE WHEN athena_is_array(c) THEN 'array' ELSE 'other' END);
