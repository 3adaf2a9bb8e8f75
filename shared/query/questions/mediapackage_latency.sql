-- First byte of the origin
--
-- Time from the last byte of the request to the first of the response, in seconds, by request class or what else is
-- chosen. A percentile is the smallest logged value that at least so many percent of the requests do not exceed. Left
-- out are blocking reloads of low-latency HLS, which wait on purpose, and requests without a time or with a negative
-- one. These logs do not tell when the last byte was sent.
--
-- :by = request_class | endpoint | channel | packaging | manifest_type | status_class | cdn  what to tell apart
-- :limit = 50  rows to list, those with most requests
WITH requests AS (
    SELECT
        request_class,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        packaging,
        manifest_type,
        status_class,
        cdn,
        time_to_first_byte_s
    FROM mediapackage_egress_requests
    WHERE
        :hours
        AND time_to_first_byte_s IS NOT NULL
        AND NOT coalesce(is_ll_blocking, false)
),
counted AS (
    SELECT
        :by,
        time_to_first_byte_s AS seconds,
        count(*) AS requests
    FROM requests
    GROUP BY :by, time_to_first_byte_s
),
placed AS (
    SELECT
        :by,
        seconds,
        requests,
        sum(requests) OVER (PARTITION BY :by ORDER BY seconds) AS up_to_here,
        sum(requests) OVER (PARTITION BY :by) AS of_all
    FROM counted
)
SELECT
    :by,
    sum(requests) AS requests,
    min(seconds) AS min_s,
    sum(requests * seconds) / sum(requests) AS mean_s,
    min(CASE WHEN 100 * up_to_here >= 50 * of_all THEN seconds END) AS p50_s,
    min(CASE WHEN 100 * up_to_here >= 90 * of_all THEN seconds END) AS p90_s,
    min(CASE WHEN 100 * up_to_here >= 95 * of_all THEN seconds END) AS p95_s,
    min(CASE WHEN 100 * up_to_here >= 99 * of_all THEN seconds END) AS p99_s,
    max(seconds) AS max_s
FROM placed
GROUP BY :by
ORDER BY requests DESC, :by
LIMIT :limit
