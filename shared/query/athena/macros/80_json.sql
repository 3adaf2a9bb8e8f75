CREATE MACRO athena_json_text(j) AS CAST(j AS VARCHAR);
CREATE MACRO athena_json_parse(s) AS athena_checked(json_valid(s), 'Cannot convert value to JSON: ''' || s || '''', json(s));
CREATE MACRO athena_json_format(j) AS CAST(j AS VARCHAR);
CREATE MACRO athena_json_extract(j, path) AS CASE WHEN json_valid(athena_json_text(j)) THEN json_extract(CAST(CAST(j AS VARCHAR) AS JSON), path) END;
CREATE MACRO athena_json_extract_scalar(j, path) AS CASE
    WHEN json_valid(athena_json_text(j)) AND json_type(CAST(CAST(j AS VARCHAR) AS JSON), path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN json_extract_string(CAST(CAST(j AS VARCHAR) AS JSON), path) END;
CREATE MACRO athena_json_array_length(j) AS CASE WHEN json_valid(athena_json_text(j)) AND json_type(CAST(CAST(j AS VARCHAR) AS JSON)) = 'ARRAY' THEN CAST(json_array_length(CAST(CAST(j AS VARCHAR) AS JSON)) AS BIGINT) END;
CREATE MACRO athena_json_size(j, path) AS CASE WHEN json_valid(athena_json_text(j)) THEN CASE json_type(CAST(CAST(j AS VARCHAR) AS JSON), path)
    WHEN 'ARRAY' THEN CAST(json_array_length(CAST(CAST(j AS VARCHAR) AS JSON), path) AS BIGINT)
    WHEN 'OBJECT' THEN CAST(len(json_keys(CAST(CAST(j AS VARCHAR) AS JSON), path)) AS BIGINT) WHEN NULL THEN NULL ELSE 0 END END;
CREATE MACRO athena_is_json_scalar(j) AS json_type(CAST(CAST(j AS VARCHAR) AS JSON)) NOT IN ('OBJECT', 'ARRAY');
