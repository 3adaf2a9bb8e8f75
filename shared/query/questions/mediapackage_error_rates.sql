-- Error rates of the origin over time
--
-- Shares of errors and of successes among the requests whose end was logged, and the statuses that tell causes apart,
-- in each hour or minute (UTC). Errors are 4xx and 5xx but for 460 and 499; a negative time to the first byte leaves
-- them errors. Clients that hung up (460, 499, no status, or a negative time with a status below 400) are given up, and
-- no errors. Successes are 2xx and 304. A rate is null where no request's end was logged.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = endpoint | channel | request_class | manifest_type | packaging | cdn | user_agent  what to count apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        request_class,
        manifest_type,
        packaging,
        cdn,
        user_agent,
        status,
        coalesce(status BETWEEN 200 AND 299 OR status = 304, false) AS is_success,
        coalesce(status >= 400 AND status NOT IN (460, 499), false) AS is_error,
        coalesce(is_aborted AND (coalesce(status, 0) < 400 OR status IN (460, 499)), false) AS is_given_up,
        coalesce(status IS NOT NULL OR is_aborted, false) AS has_end
    FROM mediapackage_egress_requests
    WHERE :hours
)
SELECT
    starts,
    :by,
    count(*) AS requests,
    1e0 * count_if(is_error) / nullif(count_if(has_end), 0) AS error_rate,
    1e0 * count_if(is_error AND status < 500) / nullif(count_if(has_end), 0) AS rate_4xx,
    1e0 * count_if(status >= 500) / nullif(count_if(has_end), 0) AS rate_5xx,
    1e0 * count_if(is_success) / nullif(count_if(has_end), 0) AS success_rate,
    1e0 * count_if(is_given_up) / nullif(count_if(has_end), 0) AS given_up_rate,
    count_if(status = 403) AS status_403,
    count_if(status = 404) AS status_404,
    count_if(status = 429) AS status_429,
    count_if(status >= 500) AS status_5xx,
    count_if(is_given_up) AS given_up
FROM requests
GROUP BY starts, :by
ORDER BY starts, requests DESC, :by
