-- Top viewers of each minute
--
-- The viewers with the most requests in each minute (UTC), ranked.
--
-- :limit = 50  viewers to list for each minute
WITH talkers AS (
    SELECT
        date_trunc('minute', event_time) AS event_minute,
        viewer_id,
        min(client_ip) AS client_ip,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY date_trunc('minute', event_time), viewer_id
),
ranked AS (
    SELECT
        event_minute,
        row_number() OVER (PARTITION BY event_minute ORDER BY requests DESC, viewer_id) AS place,
        viewer_id,
        client_ip,
        requests,
        sent_bytes
    FROM talkers
)
SELECT
    event_minute,
    place,
    viewer_id,
    client_ip,
    requests,
    sent_bytes
FROM ranked
WHERE place <= :limit
ORDER BY event_minute, place
