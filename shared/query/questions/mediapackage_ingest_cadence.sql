-- Segment cadence by rendition
--
-- How regularly the segments of each rendition come in at each input. A segment counts where its PUT ended with 2xx;
-- DELETEs, playlists and failed uploads are left out. The lag is the time since the segment before; the expected one is
-- the median of the rendition's (the smaller one of two in the middle), null for a single segment. A gap is a lag of
-- more than so many percent of the expected one, or a step of more than 1 in the segment numbers. Lost is what the lags
-- of gaps exceed the expected one by; missing are the numbers left out; a restart is a number below the one before.
--
-- :percent = 150  of the expected lag: more is a gap
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
        event_time,
        segment_number - lag(segment_number) OVER (
            PARTITION BY channel, input_index, rendition ORDER BY event_time, segment_number
        ) AS step,
        date_diff('millisecond', lag(event_time) OVER (
            PARTITION BY channel, input_index, rendition ORDER BY event_time, segment_number
        ), event_time) AS lag_ms
    FROM deliveries
),
placed AS (
    SELECT
        channel, input_index, rendition,
        event_time,
        step,
        lag_ms,
        row_number() OVER (PARTITION BY channel, input_index, rendition ORDER BY lag_ms) AS place,
        count(lag_ms) OVER (PARTITION BY channel, input_index, rendition) AS lags
    FROM steps
),
expected AS (
    SELECT
        channel, input_index, rendition,
        event_time,
        step,
        lag_ms,
        min(CASE WHEN 2 * place >= lags THEN lag_ms END) OVER (
            PARTITION BY channel, input_index, rendition
        ) AS expected_ms
    FROM placed
),
gaps AS (
    SELECT
        channel, input_index, rendition,
        event_time,
        step,
        lag_ms,
        expected_ms,
        coalesce(step > 1, false) OR coalesce(100 * lag_ms > :percent * expected_ms, false) AS is_gap
    FROM expected
)
SELECT
    channel, input_index, rendition,
    count(*) AS segments,
    max(expected_ms) / 1e3 AS expected_s,
    max(lag_ms) / 1e3 AS max_lag_s,
    count_if(is_gap) AS gaps,
    sum(CASE WHEN is_gap AND lag_ms > expected_ms THEN lag_ms - expected_ms ELSE 0 END) / 1e3 AS lost_s,
    sum(CASE WHEN step > 1 THEN step - 1 ELSE 0 END) AS missing_segments,
    count_if(step < 0) AS restarts,
    min(event_time) AS first_segment,
    max(event_time) AS last_segment
FROM gaps
GROUP BY channel, input_index, rendition
ORDER BY lost_s DESC, channel, input_index, rendition
