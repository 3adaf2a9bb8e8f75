-- Manifests for each segment
--
-- How many manifests each endpoint is asked for, for each segment. Live HLS behind a CDN has about one; more means that
-- the CDN keeps manifests too shortly, or misses in storms. Blocking reloads of low-latency HLS come for every part of
-- a segment, so the ratio is given without them, too. All requests count, failed ones too; null is a ratio without any
-- segment.
--
-- :by = endpoint | channel | packaging | cdn  what to count apart
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        packaging,
        cdn,
        request_class,
        request_class LIKE 'manifest%' AS is_manifest,
        coalesce(is_ll_blocking, false) AS is_blocking
    FROM mediapackage_egress_requests
    WHERE :hours
)
SELECT
    :by,
    count_if(is_manifest) AS manifests,
    count_if(request_class = 'manifest_multivariant') AS multivariant_playlists,
    count_if(request_class = 'manifest_media') AS media_playlists,
    count_if(is_manifest AND is_blocking) AS blocking_reloads,
    count_if(request_class = 'segment') AS segments,
    count_if(request_class = 'init') AS init_segments,
    1e0 * count_if(is_manifest) / nullif(count_if(request_class = 'segment'), 0) AS manifests_per_segment,
    1e0 * count_if(is_manifest AND NOT is_blocking) / nullif(count_if(request_class = 'segment'), 0)
        AS manifests_per_segment_without_reloads
FROM requests
GROUP BY :by
ORDER BY manifests DESC, :by
