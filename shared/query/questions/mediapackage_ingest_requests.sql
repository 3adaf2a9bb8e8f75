-- Requests of encoders by status, method and the like
--
-- How many requests each channel gets with which status (or what else is chosen): share of the channel's requests,
-- addresses, bytes. A missing status is one, too. URLs are without segment numbers ({n}).
--
-- :by = status | method | protocol_version | request_class | url_template | input_index  what to count apart
-- :limit = 100  pairs to list
WITH requests AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        :by,
        viewer_id,
        bytes_received
    FROM mediapackage_ingress_requests
    WHERE :hours
),
counts AS (
    SELECT
        channel,
        :by,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS addresses,
        sum(bytes_received) AS received_bytes
    FROM requests
    GROUP BY channel, :by
)
SELECT
    channel,
    :by,
    requests,
    1e0 * requests / sum(requests) OVER (PARTITION BY channel) AS share_of_channel,
    addresses,
    received_bytes
FROM counts
ORDER BY requests DESC, channel, :by
LIMIT :limit
