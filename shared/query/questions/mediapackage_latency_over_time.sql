-- First byte of the origin over time
--
-- As mediapackage_latency, in each hour or minute (UTC).
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = request_class | endpoint | channel | packaging | manifest_type | status_class | cdn  what to tell apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
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
        starts,
        :by,
        time_to_first_byte_s AS seconds,
        count(*) AS requests
    FROM requests
    GROUP BY starts, :by, time_to_first_byte_s
),
placed AS (
    SELECT
        starts,
        :by,
        seconds,
        requests,
        sum(requests) OVER (PARTITION BY starts, :by ORDER BY seconds) AS up_to_here,
        sum(requests) OVER (PARTITION BY starts, :by) AS of_all
    FROM counted
)
SELECT
    starts,
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
GROUP BY starts, :by
ORDER BY starts, requests DESC, :by
