-- Top viewers
--
-- The viewers with the most requests: their address (as the settings keep it), country, bytes, errors, and whether one
-- of their clients calls itself a robot.
--
-- :limit = 50  viewers to list
SELECT
    viewer_id,
    min(client_ip) AS client_ip,
    min(country) AS country,
    count(*) AS requests,
    sum(bytes_sent) AS sent_bytes,
    count_if(status >= 400) AS errors,
    count(DISTINCT user_agent) AS user_agents,
    coalesce(bool_or(is_bot), false) AS has_bot
FROM cloudfront_requests
WHERE :hours
GROUP BY viewer_id
ORDER BY requests DESC, viewer_id
LIMIT :limit
