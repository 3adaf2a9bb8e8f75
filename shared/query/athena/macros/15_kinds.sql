-- A literal beside a value of a type: the literal, if both are of one kind.
CREATE MACRO athena_beside_text(type, x) AS
    athena_checked(type IN ('VARCHAR', '"NULL"'), 'Text is compared with a ' || type || ': cast one of them', x);
CREATE MACRO athena_beside_number(type, x) AS athena_checked(
    type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'DOUBLE', '"NULL"') OR starts_with(type, 'DECIMAL') OR contains(type, 'LITERAL'),
    'A number beside a ' || type || ': cast one of them', x);
CREATE MACRO athena_beside_time(type, x) AS athena_checked(
    type IN ('DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', '"NULL"'), 'A time is compared with a ' || type || ': cast one of them', x);
