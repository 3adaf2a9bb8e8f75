-- Bots by address and edge location
--
-- Requests of robots by address and edge location, with the bytes sent, those with most requests first.
--
-- :limit = 50  addresses to list
SELECT
    viewer_id,
    client_ip,
    edge_location,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes,
    min(client_name) AS client_name
FROM cloudfront_requests
WHERE :hours AND is_bot
GROUP BY viewer_id, client_ip, edge_location
ORDER BY requests DESC, viewer_id, client_ip, edge_location
LIMIT :limit
