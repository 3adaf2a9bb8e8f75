-- Requests past the CDN by endpoint
--
-- How many of the requests of each endpoint do not come from a CDN or ad inserter, by their user agents: the origin
-- should be asked by these alone. Beside the share, how many of the direct ones were refused (403) and how many got
-- content, from how many addresses, and when. Requests without a user agent are not known to be either: they are listed
-- apart, and the share is of the others, null where there are none. A CDN that passes on the viewer's user agent looks
-- direct.
--
-- :by = endpoint | channel | sni_domain  what to count apart
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        sni_domain,
        cdn,
        coalesce(cdn = 'direct', false) AS is_direct,
        coalesce(status BETWEEN 200 AND 299 OR status = 304, false) AS is_success,
        status,
        bytes_sent,
        viewer_id,
        event_time
    FROM mediapackage_egress_requests
    WHERE :hours
)
SELECT
    :by,
    count(*) AS requests,
    count(*) - count(cdn) AS of_unknown_agent,
    count_if(is_direct) AS direct_requests,
    1e0 * count_if(is_direct) / nullif(count(cdn), 0) AS direct_share,
    count_if(is_direct AND status = 403) AS direct_refused,
    count_if(is_direct AND is_success) AS direct_successes,
    sum(CASE WHEN is_direct THEN bytes_sent END) AS direct_sent_bytes,
    count(DISTINCT CASE WHEN is_direct THEN viewer_id END) AS direct_addresses,
    min(CASE WHEN is_direct THEN event_time END) AS first_direct,
    max(CASE WHEN is_direct THEN event_time END) AS last_direct
FROM requests
GROUP BY :by
ORDER BY direct_requests DESC, :by
