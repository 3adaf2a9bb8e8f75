-- Status codes of the origin
--
-- How often each endpoint (or what else is chosen) answers with which status, and which share of its requests that is.
-- A missing status is one, too (class none): the client hung up, or the field is not logged.
--
-- :by = endpoint | endpoint_arn | channel | channel_arn | request_class | manifest_type | client_ip  what to tell apart
-- :limit = 100  pairs to list
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        endpoint_arn,
        channel_arn,
        request_class,
        manifest_type,
        client_ip,
        status_class,
        status
    FROM mediapackage_egress_requests
    WHERE :hours
),
statuses AS (
    SELECT
        :by,
        status_class,
        status,
        count(*) AS requests
    FROM requests
    GROUP BY :by, status_class, status
)
SELECT
    :by,
    status_class,
    status,
    requests,
    1e0 * requests / sum(requests) OVER (PARTITION BY :by) AS share
FROM statuses
ORDER BY requests DESC, :by, status
LIMIT :limit
