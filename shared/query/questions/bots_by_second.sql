-- Bot traffic by second
--
-- The seconds in which robots sent the most requests, by distribution, address and edge location, with the bytes sent.
--
-- :limit = 50  seconds to list
SELECT
    date_trunc('second', event_time) AS event_second,
    distribution_id,
    viewer_id,
    client_ip,
    edge_location,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes
FROM cloudfront_requests
WHERE :hours AND is_bot
GROUP BY date_trunc('second', event_time), distribution_id, viewer_id, client_ip, edge_location
ORDER BY requests DESC, event_second, distribution_id, viewer_id, client_ip, edge_location
LIMIT :limit
