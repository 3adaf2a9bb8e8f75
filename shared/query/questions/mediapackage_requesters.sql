-- Who asks the origin, and how
--
-- Requests by CDN (direct is who comes past them, null a request without user agent) or by user agent, address,
-- country, protocol and the like: share, addresses, endpoints, bytes, errors, and clients that hung up. Behind a CDN an
-- address is one of its edge servers, and a country where that stands: viewers are in the CDN's own logs.
--
-- :by = cdn | user_agent | client_ip | country | asn | ip_version | protocol_version | method | sni_domain  who or how
-- :limit = 50  rows to list
WITH requests AS (
    SELECT
        :by,
        viewer_id,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        bytes_sent,
        coalesce(status >= 400 AND status NOT IN (460, 499), false) AS is_error,
        coalesce(is_aborted AND (coalesce(status, 0) < 400 OR status IN (460, 499)), false) AS is_given_up
    FROM mediapackage_egress_requests
    WHERE :hours
),
requesters AS (
    SELECT
        :by,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS addresses,
        count(DISTINCT endpoint) AS endpoints,
        sum(bytes_sent) AS sent_bytes,
        count_if(is_error) AS errors,
        count_if(is_given_up) AS given_up
    FROM requests
    GROUP BY :by
)
SELECT
    :by,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    addresses,
    endpoints,
    sent_bytes,
    errors,
    given_up
FROM requesters
ORDER BY requests DESC, :by
LIMIT :limit
