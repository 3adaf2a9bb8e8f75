-- Top URLs
--
-- The most requested paths, without their query strings: share of all requests, bytes, hits, misses with the bytes that
-- they cost at the origin, and errors.
--
-- :limit = 50  paths to list
WITH urls AS (
    SELECT
        distribution_id,
        path,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes,
        count_if(cache_result_response IN ('Hit', 'RefreshHit')) AS hits,
        count_if(cache_result_response = 'Miss') AS misses,
        sum(CASE WHEN cache_result_response = 'Miss' THEN bytes_sent ELSE 0 END) AS missed_bytes,
        count_if(status >= 400) AS errors
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY distribution_id, path
)
SELECT
    distribution_id,
    path,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    sent_bytes,
    hits,
    misses,
    missed_bytes,
    errors
FROM urls
ORDER BY requests DESC, distribution_id, path
LIMIT :limit
