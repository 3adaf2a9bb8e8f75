-- Content types
--
-- What is served: requests, bytes, and the mean and largest size of a response by content type, without parameters such
-- as the character set.
--
-- :limit = 50  types to list
SELECT
    lower(trim(split_part(content_type, ';', 1))) AS type,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes,
    1e0 * sum(bytes_sent) / nullif(count(bytes_sent), 0) AS mean_bytes,
    max(bytes_sent) AS max_bytes,
    count_if(status = 206) AS partial_responses
FROM cloudfront_requests
WHERE :hours
GROUP BY lower(trim(split_part(content_type, ';', 1)))
ORDER BY sent_bytes DESC, type
LIMIT :limit
