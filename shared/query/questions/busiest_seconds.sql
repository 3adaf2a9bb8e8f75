-- Busiest seconds by distribution and edge location
--
-- The seconds in which a distribution sent the most bytes from one edge location.
--
-- :limit = 50  seconds to list
SELECT
    date_trunc('second', event_time) AS event_second,
    distribution_id,
    edge_location,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes
FROM cloudfront_requests
WHERE :hours
GROUP BY date_trunc('second', event_time), distribution_id, edge_location
ORDER BY sent_bytes DESC, event_second, distribution_id, edge_location
LIMIT :limit
