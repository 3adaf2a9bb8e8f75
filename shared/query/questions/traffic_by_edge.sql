-- Traffic by distribution and edge location
--
-- Requests and bytes sent of each distribution at each edge location, the most bytes first.
--
-- :limit = 50  pairs to list
SELECT
    distribution_id,
    edge_location,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes
FROM cloudfront_requests
WHERE :hours
GROUP BY distribution_id, edge_location
ORDER BY sent_bytes DESC, distribution_id, edge_location
LIMIT :limit
