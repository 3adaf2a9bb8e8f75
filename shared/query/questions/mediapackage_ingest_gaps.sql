-- Gaps in what encoders deliver
--
-- Each gap in the segments of a rendition at an input, the longest first: between which segments, from when to when,
-- how long against the expected lag, and how much was lost. What counts as a segment and as a gap stands under
-- mediapackage_ingest_cadence. A number that steps on without a long lag is a gap, too; a long lag without a number
-- left out is an encoder that paused. No rows: no gap, or no segments, which mediapackage_ingest_cadence tells apart.
--
-- :percent = 150  of the expected lag: more is a gap
-- :limit = 100  gaps to list
WITH deliveries AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        input_index,
        rendition,
        segment_number,
        event_time
    FROM mediapackage_ingress_requests
    WHERE
        :hours
        AND method = 'PUT'
        AND request_class = 'segment'
        AND status BETWEEN 200 AND 299
),
steps AS (
    SELECT
        channel, input_index, rendition,
        segment_number,
        event_time,
        lag(segment_number) OVER (
            PARTITION BY channel, input_index, rendition ORDER BY event_time, segment_number
        ) AS segment_before,
        lag(event_time) OVER (
            PARTITION BY channel, input_index, rendition ORDER BY event_time, segment_number
        ) AS time_before
    FROM deliveries
),
placed AS (
    SELECT
        channel, input_index, rendition,
        segment_number,
        event_time,
        segment_before,
        time_before,
        date_diff('millisecond', time_before, event_time) AS lag_ms,
        row_number() OVER (
            PARTITION BY channel, input_index, rendition ORDER BY date_diff('millisecond', time_before, event_time)
        ) AS place,
        count(time_before) OVER (PARTITION BY channel, input_index, rendition) AS lags
    FROM steps
),
expected AS (
    SELECT
        channel, input_index, rendition,
        segment_number,
        event_time,
        segment_before,
        time_before,
        lag_ms,
        min(CASE WHEN 2 * place >= lags THEN lag_ms END) OVER (
            PARTITION BY channel, input_index, rendition
        ) AS expected_ms
    FROM placed
)
SELECT
    channel, input_index, rendition,
    time_before AS gap_from,
    event_time AS gap_until,
    segment_before,
    segment_number AS segment_after,
    CASE WHEN segment_number - segment_before > 1 THEN segment_number - segment_before - 1 ELSE 0 END
        AS missing_segments,
    lag_ms / 1e3 AS lag_s,
    expected_ms / 1e3 AS expected_s,
    CASE WHEN lag_ms > expected_ms THEN lag_ms - expected_ms ELSE 0 END / 1e3 AS lost_s
FROM expected
WHERE
    segment_number - segment_before > 1
    OR 100 * lag_ms > :percent * expected_ms
ORDER BY lag_s DESC, gap_from, channel, input_index, rendition, segment_after
LIMIT :limit
