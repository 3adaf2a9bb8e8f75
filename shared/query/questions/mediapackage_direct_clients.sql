-- Who asks the origin past the CDN
--
-- The clients behind direct requests, by kind and name or what else is chosen: requests, their share of the direct
-- ones, addresses, endpoints, how many were refused (403), how many got content, and when they were seen.
--
-- :by = client_name | client_ip | user_agent | os_family | device_family | country | asn  beside the kind
-- :limit = 50  clients to list
WITH clients AS (
    SELECT
        client_kind,
        :by,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS addresses,
        count(DISTINCT concat_ws('/', channel_group, channel_id, endpoint_id, packaging_config_arn)) AS endpoints,
        count_if(status = 403) AS refused,
        count_if(status BETWEEN 200 AND 299 OR status = 304) AS successes,
        sum(bytes_sent) AS sent_bytes,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen
    FROM mediapackage_egress_requests
    WHERE
        :hours
        AND cdn = 'direct'
    GROUP BY client_kind, :by
)
SELECT
    client_kind,
    :by,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    addresses,
    endpoints,
    refused,
    successes,
    sent_bytes,
    first_seen,
    last_seen
FROM clients
ORDER BY requests DESC, client_kind, :by
LIMIT :limit
