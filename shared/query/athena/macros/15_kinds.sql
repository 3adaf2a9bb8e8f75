-- A literal beside a value of a type: the literal, if both are of one kind.
CREATE MACRO athena_beside_text(type, x) AS
    athena_checked(type IN ('VARCHAR', '"NULL"'), 'The text ''' || x || ''' stands beside a value of type ' || type || ': cast one of them', x);
CREATE MACRO athena_beside_number(type, x) AS athena_checked(
    type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'DOUBLE', '"NULL"') OR starts_with(type, 'DECIMAL') OR contains(type, 'LITERAL'),
    'The number ' || CAST(x AS VARCHAR) || ' stands beside a value of type ' || type || ': cast one of them, or quote it', x);
CREATE MACRO athena_beside_time(type, x) AS athena_checked(
    type IN ('DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', '"NULL"'), 'The time ' || CAST(x AS VARCHAR) || ' stands beside a value of type ' || type || ': cast one of them', x);
