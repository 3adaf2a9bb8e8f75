-- Traffic of the origin over time
--
-- Requests, requests per second, distinct addresses, and bytes in each hour or minute (UTC), by endpoint or what else
-- is chosen. Behind a CDN an address is one of its edge servers, not a viewer. Times without a request are not listed.
--
-- :every = 'hour'  unit of time: hour, minute, day, ...
-- :by = endpoint | channel | request_class | status | manifest_type | sni_domain | cdn  what to count apart
WITH requests AS (
    SELECT
        date_trunc(:every, event_time) AS starts,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        request_class,
        status,
        status_class,
        manifest_type,
        sni_domain,
        cdn,
        viewer_id,
        bytes_sent,
        bytes_received
    FROM mediapackage_egress_requests
    WHERE :hours
)
SELECT
    starts,
    :by,
    count(*) AS requests,
    1e0 * count(*) / date_diff('second', starts, date_add(:every, 1, starts)) AS requests_per_s,
    count(DISTINCT viewer_id) AS addresses,
    sum(bytes_sent) AS sent_bytes,
    sum(bytes_received) AS received_bytes,
    avg(bytes_sent) AS mean_sent_bytes
FROM requests
GROUP BY starts, :by
ORDER BY starts, requests DESC, :by
