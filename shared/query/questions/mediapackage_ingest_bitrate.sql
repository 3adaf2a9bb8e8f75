-- Ingest bitrate by rendition
--
-- Segments and bytes that each input got of each rendition (PUTs with 2xx), the mean size of a segment, and the mean
-- bitrate: the bytes of all segments but the first, by the time from the first to the last. It is null for a single
-- segment. Bytes include headers, so it is a little high; gaps within the time lower it.
WITH deliveries AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        input_index,
        rendition,
        media_type,
        event_time,
        bytes_received
    FROM mediapackage_ingress_requests
    WHERE
        :hours
        AND method = 'PUT'
        AND request_class = 'segment'
        AND status BETWEEN 200 AND 299
),
spans AS (
    SELECT
        channel, input_index, rendition,
        media_type,
        event_time,
        bytes_received,
        min(event_time) OVER (PARTITION BY channel, input_index, rendition, media_type) AS first_time
    FROM deliveries
)
SELECT
    channel, input_index, rendition,
    media_type,
    count(*) AS segments,
    sum(bytes_received) AS received_bytes,
    avg(bytes_received) AS mean_segment_bytes,
    date_diff('millisecond', min(event_time), max(event_time)) / 1e3 AS span_s,
    8e0 * sum(CASE WHEN event_time > first_time THEN bytes_received END)
        / nullif(1e3 * date_diff('millisecond', min(event_time), max(event_time)), 0) AS mbit_per_s
FROM spans
GROUP BY channel, input_index, rendition, media_type
ORDER BY channel, input_index, rendition, media_type
