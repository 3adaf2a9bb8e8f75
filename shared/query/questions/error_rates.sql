-- Error rates by hour
--
-- Shares of responses with 4xx and 5xx in each hour (UTC), the codes that CloudWatch tells apart, and viewers who hung
-- up before any response.
--
-- :by = distribution_id | host | path_pattern | edge_location | country  what to count apart
SELECT
    date_trunc('hour', event_time) AS event_hour,
    :by,
    count(*) AS requests,
    1e0 * count_if(status BETWEEN 400 AND 499) / count(*) AS rate_4xx,
    1e0 * count_if(status BETWEEN 500 AND 599) / count(*) AS rate_5xx,
    count_if(status = 401) AS status_401,
    count_if(status = 403) AS status_403,
    count_if(status = 404) AS status_404,
    count_if(status = 502) AS status_502,
    count_if(status = 503) AS status_503,
    count_if(status = 504) AS status_504,
    count_if(is_aborted) AS aborted
FROM cloudfront_requests
WHERE :hours
GROUP BY date_trunc('hour', event_time), :by
ORDER BY event_hour, requests DESC, :by
