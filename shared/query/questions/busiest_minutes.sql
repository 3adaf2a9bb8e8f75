-- Busiest minutes, and the peak second in each
--
-- The minutes with the most requests: how many, their bytes, and the requests of the busiest second within.
--
-- :limit = 50  minutes to list
WITH seconds AS (
    SELECT
        date_trunc('second', event_time) AS event_second,
        count(*) AS requests_of_second,
        sum(bytes_sent) AS bytes_of_second
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY date_trunc('second', event_time)
)
SELECT
    date_trunc('minute', event_second) AS event_minute,
    sum(requests_of_second) AS requests,
    sum(bytes_of_second) AS sent_bytes,
    max(requests_of_second) AS peak_requests_per_s
FROM seconds
GROUP BY date_trunc('minute', event_second)
ORDER BY requests DESC, event_minute
LIMIT :limit
