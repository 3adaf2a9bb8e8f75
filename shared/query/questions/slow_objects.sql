-- Slow large objects
--
-- Paths whose large responses (2xx) went out slowest: bytes over the time that they took, in Mbit/s.
--
-- :min_bytes = 100000  what a large response has at least
-- :min_requests = 5  paths with fewer large responses are left out
-- :limit = 50  paths to list
WITH downloads AS (
    SELECT
        path,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes,
        sum(CAST(round(1000 * time_taken_s) AS bigint)) AS taken_ms,
        max(time_taken_s) AS max_s
    FROM cloudfront_requests
    WHERE
        :hours
        AND status BETWEEN 200 AND 299
        AND bytes_sent >= :min_bytes
        AND time_taken_s > 0
    GROUP BY path
)
SELECT
    path,
    requests,
    sent_bytes,
    8e0 * sent_bytes / (1000 * taken_ms) AS mean_mbit_per_s,
    max_s
FROM downloads
WHERE requests >= :min_requests
ORDER BY mean_mbit_per_s, path
LIMIT :limit
