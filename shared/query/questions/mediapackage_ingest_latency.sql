-- Processing time of ingest over time
--
-- Time from the last byte of an upload to the first of the answer, in seconds, in each hour or minute (UTC): what
-- MediaPackage takes afterwards, not the upload. Percentiles are as in mediapackage_latency. Requests without a time,
-- or with a negative one, are left out.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = channel | input | request_class | method | status_class  what to tell apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        concat_ws('/', channel_group, channel_id, CAST(input_index AS varchar)) AS input,
        request_class,
        method,
        status_class,
        time_to_first_byte_s
    FROM mediapackage_ingress_requests
    WHERE
        :hours
        AND time_to_first_byte_s IS NOT NULL
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
