-- Viewers by day
--
-- Distinct viewers in each day (UTC), those with their client (address and user agent), and those without bots.
SELECT
    date_trunc('day', event_time) AS event_day,
    distribution_id,
    count(*) AS requests,
    count(DISTINCT viewer_id) AS viewers,
    count(DISTINCT viewer_id || ' ' || coalesce(user_agent, '')) AS viewers_with_client,
    count(DISTINCT CASE WHEN NOT coalesce(is_bot, false) THEN viewer_id END) AS viewers_without_bots
FROM cloudfront_requests
WHERE :hours
GROUP BY date_trunc('day', event_time), distribution_id
ORDER BY event_day, distribution_id
