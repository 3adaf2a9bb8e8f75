-- Quality of ingestion by hour
--
-- What each hour (UTC) of a table holds and how it came in: rows, those delivered more than an hour after they
-- happened, the longest delay, records that were there already, and how often the hour was written anew.
--
-- :table = 'cloudfront_requests'  the table
WITH versions AS (
    SELECT
        partition_hour,
        "rows" AS rows_of_version,
        late_rows,
        max_lag_s,
        duplicates,
        overlap,
        conflicting,
        row_number() OVER (PARTITION BY partition_hour ORDER BY run_id DESC) AS age
    FROM partition_quality
    WHERE
        table_name = :table
        AND partition_hour >= :from
        AND partition_hour < :to
)
SELECT
    partition_hour,
    sum(CASE WHEN age = 1 THEN rows_of_version END) AS rows_now,
    sum(CASE WHEN age = 1 THEN late_rows END) AS late_rows,
    max(CASE WHEN age = 1 THEN max_lag_s END) AS max_lag_s,
    sum(duplicates) AS duplicates,
    sum(overlap) AS overlap,
    sum(conflicting) AS conflicting,
    count(*) AS versions
FROM versions
GROUP BY partition_hour
ORDER BY partition_hour
