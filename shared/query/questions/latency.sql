-- Latency percentiles
--
-- Time to the first byte and time until the last one, in seconds, by edge location or what else is chosen. A percentile
-- is the smallest logged value that at least so many percent of the requests do not exceed: exact, and cheap, because
-- requests are counted by their milliseconds first. WebSocket and gRPC connections and requests that the viewer gave up
-- before a response are left out.
--
-- :by = edge_location | edge_airport | country | distribution_id | cache_result | content_type | asn  what to tell apart
-- :limit = 50  rows of each measure to list, those with most requests
WITH answered AS (
    SELECT
        :by,
        time_to_first_byte_s,
        time_taken_s
    FROM cloudfront_requests
    WHERE
        :hours
        AND NOT coalesce(is_aborted, false)
        AND coalesce(protocol, '') NOT IN ('ws', 'wss', 'grpcs')
),
counted AS (
    SELECT
        'first_byte' AS measure,
        :by,
        time_to_first_byte_s AS seconds,
        count(*) AS requests
    FROM answered
    WHERE time_to_first_byte_s IS NOT NULL
    GROUP BY :by, time_to_first_byte_s
    UNION ALL
    SELECT
        'last_byte' AS measure,
        :by,
        time_taken_s AS seconds,
        count(*) AS requests
    FROM answered
    WHERE time_taken_s IS NOT NULL
    GROUP BY :by, time_taken_s
),
placed AS (
    SELECT
        measure,
        :by,
        seconds,
        sum(requests) OVER (PARTITION BY measure, :by ORDER BY seconds) AS up_to_here,
        sum(requests) OVER (PARTITION BY measure, :by) AS requests
    FROM counted
),
percentiles AS (
    SELECT
        measure,
        :by,
        max(requests) AS requests,
        min(CASE WHEN 100 * up_to_here >= 50 * requests THEN seconds END) AS p50_s,
        min(CASE WHEN 100 * up_to_here >= 90 * requests THEN seconds END) AS p90_s,
        min(CASE WHEN 100 * up_to_here >= 95 * requests THEN seconds END) AS p95_s,
        min(CASE WHEN 100 * up_to_here >= 99 * requests THEN seconds END) AS p99_s,
        max(seconds) AS max_s
    FROM placed
    GROUP BY measure, :by
),
ranked AS (
    SELECT
        measure,
        :by,
        requests,
        p50_s,
        p90_s,
        p95_s,
        p99_s,
        max_s,
        row_number() OVER (PARTITION BY measure ORDER BY requests DESC, :by) AS place
    FROM percentiles
)
SELECT
    measure,
    :by,
    requests,
    p50_s,
    p90_s,
    p95_s,
    p99_s,
    max_s
FROM ranked
WHERE place <= :limit
ORDER BY measure, place
