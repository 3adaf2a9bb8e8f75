-- Freshness of what encoders deliver
--
-- When each input last got a manifest and a segment (PUT with 2xx), and how old these were at the last request that any
-- channel logged in the hours asked for. Of the input's manifests the stalest stands apart: one rendition's playlist
-- can stop while the others go on. Null is what was never delivered in this time.
WITH requests AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        input_index,
        url_template,
        event_time,
        coalesce(method = 'PUT' AND request_class LIKE 'manifest%' AND status BETWEEN 200 AND 299, false)
            AS is_manifest,
        coalesce(method = 'PUT' AND request_class = 'segment' AND status BETWEEN 200 AND 299, false) AS is_delivery
    FROM mediapackage_ingress_requests
    WHERE :hours
),
urls AS (
    SELECT
        channel,
        input_index,
        url_template,
        max(CASE WHEN is_manifest THEN event_time END) AS last_manifest,
        max(CASE WHEN is_delivery THEN event_time END) AS last_segment,
        max(event_time) AS last_request
    FROM requests
    GROUP BY channel, input_index, url_template
),
inputs AS (
    SELECT
        channel,
        input_index,
        count(last_manifest) AS manifests,
        max(last_manifest) AS last_manifest,
        min(last_manifest) AS stalest_manifest,
        max(last_segment) AS last_segment,
        max(last_request) AS last_request
    FROM urls
    GROUP BY channel, input_index
),
ends AS (
    SELECT
        channel,
        input_index,
        manifests,
        last_manifest,
        stalest_manifest,
        last_segment,
        max(last_request) OVER () AS last_logged
    FROM inputs
)
SELECT
    channel,
    input_index,
    manifests,
    last_manifest,
    date_diff('millisecond', last_manifest, last_logged) / 1e3 AS manifest_age_s,
    date_diff('millisecond', stalest_manifest, last_logged) / 1e3 AS stalest_manifest_age_s,
    last_segment,
    date_diff('millisecond', last_segment, last_logged) / 1e3 AS segment_age_s
FROM ends
ORDER BY channel, input_index
