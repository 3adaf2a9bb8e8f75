-- Traffic and bandwidth by hour
--
-- Requests, distinct viewers, bytes and mean bandwidth in each hour (UTC), by distribution or what else is chosen.
--
-- :by = distribution_id | host | edge_location | country | client_kind  what to count apart
SELECT
    date_trunc('hour', event_time) AS event_hour,
    :by,
    count(*) AS requests,
    count(DISTINCT viewer_id) AS viewers,
    sum(bytes_sent) AS sent_bytes,
    sum(bytes_received) AS received_bytes,
    8e0 * sum(bytes_sent) / 3600e6 AS mean_mbit_per_s
FROM cloudfront_requests
WHERE :hours
GROUP BY date_trunc('hour', event_time), :by
ORDER BY event_hour, sent_bytes DESC, :by
