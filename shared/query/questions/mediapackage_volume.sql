-- Egress volume over time
--
-- Bytes that leave the origin in each hour (UTC) or other unit of time, by channel or endpoint: what MediaPackage's
-- bill and the offload of the CDN depend on. The mean bandwidth is over the whole unit, the peak that of its busiest
-- minute. Bytes include headers. A request counts at the time it was logged for, however long the transfer took.
--
-- :every = 'hour'  unit of time: hour, day, ...; nothing shorter than a minute
-- :by = channel | endpoint | request_class | cdn  what to count apart
WITH requests AS (
    SELECT
        date_trunc('minute', event_time) AS event_minute,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        request_class,
        cdn,
        bytes_sent
    FROM mediapackage_egress_requests
    WHERE :hours
),
minutes AS (
    SELECT
        event_minute,
        date_trunc(:every, event_minute) AS starts,
        :by,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes
    FROM requests
    GROUP BY event_minute, date_trunc(:every, event_minute), :by
)
SELECT
    starts,
    :by,
    sum(requests) AS requests,
    sum(sent_bytes) AS sent_bytes,
    8e0 * sum(sent_bytes) / date_diff('second', starts, date_add(:every, 1, starts)) / 1e9 AS mean_gbit_per_s,
    8e0 * max(sent_bytes) / 60 / 1e9 AS peak_minute_gbit_per_s
FROM minutes
GROUP BY starts, :by
ORDER BY starts, sent_bytes DESC, :by
