-- Bots by name
--
-- Robots and AI crawlers by name and operator: requests, bytes, share of all requests, addresses, errors, and when they
-- were seen. A robot is a client that calls itself one.
--
-- :limit = 50  bots to list
WITH clients AS (
    SELECT
        client_kind,
        client_name,
        client_operator,
        coalesce(is_bot, false) OR coalesce(client_kind IN ('bot', 'ai_crawler'), false) AS is_robot,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes,
        count(DISTINCT viewer_id) AS viewers,
        count_if(status >= 400) AS errors,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY
        client_kind,
        client_name,
        client_operator,
        coalesce(is_bot, false) OR coalesce(client_kind IN ('bot', 'ai_crawler'), false)
),
shares AS (
    SELECT
        client_kind,
        client_name,
        client_operator,
        is_robot,
        requests,
        1e0 * requests / sum(requests) OVER () AS share,
        sent_bytes,
        viewers,
        errors,
        first_seen,
        last_seen
    FROM clients
)
SELECT
    client_kind,
    client_name,
    client_operator,
    requests,
    share,
    sent_bytes,
    viewers,
    errors,
    first_seen,
    last_seen
FROM shares
WHERE is_robot
ORDER BY requests DESC, client_kind, client_name, client_operator
LIMIT :limit
