-- Errors by status and path
--
-- Which paths answer with which error, how often, to how many viewers, and what share of their requests that is.
--
-- :limit = 50  pairs to list
WITH answers AS (
    SELECT
        path,
        status,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS viewers
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY path, status
),
shares AS (
    SELECT
        path,
        status,
        requests,
        viewers,
        1e0 * requests / sum(requests) OVER (PARTITION BY path) AS share_of_path
    FROM answers
)
SELECT
    status,
    path,
    requests,
    viewers,
    share_of_path
FROM shares
WHERE status >= 400
ORDER BY requests DESC, status, path
LIMIT :limit
