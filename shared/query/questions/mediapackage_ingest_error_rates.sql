-- Error rates of ingest over time
--
-- Shares of successes (2xx) and errors among the requests of encoders whose end was logged, in each hour or minute
-- (UTC). Errors are 4xx without 401, 5xx, and requests that got no status. 401 stands apart: encoders of v1 are asked
-- for a digest with each new connection, so some are normal. A rate is null where no request's end was logged.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = input | channel | request_class | method  what to count apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        concat_ws('/', channel_group, channel_id, CAST(input_index AS varchar)) AS input,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        request_class,
        method,
        status,
        is_aborted,
        coalesce((status >= 400 AND status != 401) OR (status IS NULL AND is_aborted), false) AS is_error,
        coalesce(status IS NOT NULL OR is_aborted, false) AS has_end
    FROM mediapackage_ingress_requests
    WHERE :hours
)
SELECT
    starts,
    :by,
    count(*) AS requests,
    1e0 * count_if(status BETWEEN 200 AND 299) / nullif(count_if(has_end), 0) AS success_rate,
    1e0 * count_if(is_error) / nullif(count_if(has_end), 0) AS error_rate,
    1e0 * count_if(status = 401) / nullif(count_if(has_end), 0) AS challenged_rate,
    count_if(status BETWEEN 200 AND 299) AS successes,
    count_if(is_error) AS errors,
    count_if(status BETWEEN 400 AND 499 AND status != 401) AS errors_4xx,
    count_if(status >= 500) AS errors_5xx,
    count_if(status IS NULL AND is_aborted) AS without_status,
    count_if(status = 401) AS challenged
FROM requests
GROUP BY starts, :by
ORDER BY starts, requests DESC, :by
