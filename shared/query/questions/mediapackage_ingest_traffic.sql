-- What encoders deliver over time
--
-- Requests of encoders in each hour or minute (UTC), by channel or what else is chosen: requests per second, segments
-- that were delivered (PUT with 2xx), bytes, and the mean size of a request and of its answer. Times without a request
-- are not listed; mediapackage_ingest_silences tells them.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = channel | input | request_class | method | status | protocol_version | rendition  what to count apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        concat_ws('/', channel_group, channel_id, CAST(input_index AS varchar)) AS input,
        request_class,
        method,
        status,
        protocol_version,
        rendition,
        bytes_received,
        bytes_sent,
        coalesce(method = 'PUT' AND request_class = 'segment' AND status BETWEEN 200 AND 299, false) AS is_delivery
    FROM mediapackage_ingress_requests
    WHERE :hours
)
SELECT
    starts,
    :by,
    count(*) AS requests,
    1e0 * count(*) / date_diff('second', starts, date_add(:every, 1, starts)) AS requests_per_s,
    count_if(is_delivery) AS segments_delivered,
    sum(bytes_received) AS received_bytes,
    avg(bytes_received) AS mean_received_bytes,
    avg(bytes_sent) AS mean_sent_bytes
FROM requests
GROUP BY starts, :by
ORDER BY starts, requests DESC, :by
