-- Time-shifted viewing, and its windows
--
-- Requests of each endpoint for another time than now, by kind: startover, catchup, delay, other. Windows are the
-- distinct pairs of start and end: a CDN can only share what many viewers ask for alike, so windows of their own empty
-- its cache, and are throttled. Requests whose window is no time that can be read (and those of delay, which have none)
-- are counted as without_window; not_found are those outside of what is kept (404). The greatest shift is from the
-- start of a window to the request. An endpoint without time-shift is not listed.
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        timeshift_kind,
        timeshift_start,
        timeshift_end,
        status,
        date_diff('second', timeshift_start, event_time) AS shift_s
    FROM mediapackage_egress_requests
    WHERE
        :hours
        AND is_timeshift
),
windows AS (
    SELECT
        endpoint,
        timeshift_kind,
        coalesce(timeshift_start, timeshift_end) IS NOT NULL AS is_window,
        count(*) AS requests,
        count_if(status = 404) AS not_found,
        max(shift_s) AS shift_s
    FROM requests
    GROUP BY endpoint, timeshift_kind, timeshift_start, timeshift_end
)
SELECT
    endpoint,
    timeshift_kind,
    sum(requests) AS requests,
    count_if(is_window) AS windows,
    1e0 * sum(CASE WHEN is_window THEN requests END) / nullif(count_if(is_window), 0) AS requests_per_window,
    sum(CASE WHEN is_window THEN 0 ELSE requests END) AS without_window,
    sum(not_found) AS not_found,
    max(shift_s) AS greatest_shift_s
FROM windows
GROUP BY endpoint, timeshift_kind
ORDER BY requests DESC, endpoint, timeshift_kind
