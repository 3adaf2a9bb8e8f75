-- Status codes of the origin over time
--
-- How often each endpoint (or what else is chosen) answered with which status in each hour or minute (UTC). A missing
-- status is one, too.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = endpoint | endpoint_arn | channel | channel_arn | request_class | manifest_type  what to tell apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        endpoint_arn,
        channel_arn,
        request_class,
        manifest_type,
        status
    FROM mediapackage_egress_requests
    WHERE :hours
)
SELECT
    starts,
    :by,
    status,
    count(*) AS requests
FROM requests
GROUP BY starts, :by, status
ORDER BY starts, requests DESC, :by, status
