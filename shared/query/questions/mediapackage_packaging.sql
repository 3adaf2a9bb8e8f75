-- Packaging and manifest filters
--
-- What formats each channel (or endpoint) is asked for in: requests, their share of the channel's, bytes; and of the
-- manifests, how many ask for a part of the renditions only (aws.manifestfilter), how many for another time, and how
-- many are blocking reloads of low-latency HLS. Segments of v2 tell no packaging: they count under null.
--
-- :by = channel | endpoint | cdn | workflow  what to count apart
WITH requests AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        cdn,
        workflow,
        packaging,
        bytes_sent,
        request_class LIKE 'manifest%' AS is_manifest,
        coalesce(has_manifest_filter, false) AS is_filtered,
        coalesce(is_timeshift, false) AS is_shifted,
        coalesce(is_ll_blocking, false) AS is_blocking
    FROM mediapackage_egress_requests
    WHERE :hours
),
packagings AS (
    SELECT
        :by,
        packaging,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes,
        count_if(is_manifest) AS manifests,
        count_if(is_manifest AND is_filtered) AS filtered_manifests,
        count_if(is_manifest AND is_shifted) AS shifted_manifests,
        count_if(is_manifest AND is_blocking) AS blocking_reloads
    FROM requests
    GROUP BY :by, packaging
)
SELECT
    :by,
    packaging,
    requests,
    1e0 * requests / sum(requests) OVER (PARTITION BY :by) AS share,
    sent_bytes,
    manifests,
    filtered_manifests,
    1e0 * filtered_manifests / nullif(manifests, 0) AS filtered_share,
    shifted_manifests,
    blocking_reloads
FROM packagings
ORDER BY requests DESC, :by, packaging
