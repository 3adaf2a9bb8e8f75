-- Skew of the two inputs
--
-- How much later input 2 gets a segment than input 1 (negative: earlier), by channel and rendition, over the segments
-- that both got: the median (the smaller one of two in the middle) and the extremes. Segments are paired by number,
-- each with its first successful PUT (2xx). Segments of one input alone are counted: many of both kinds mean encoders
-- that do not number alike, and then there is nothing to compare. Skews are null without a pair.
WITH segments AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        rendition,
        segment_number,
        input_index,
        event_time
    FROM mediapackage_ingress_requests
    WHERE
        :hours
        AND method = 'PUT'
        AND request_class = 'segment'
        AND status BETWEEN 200 AND 299
        AND segment_number IS NOT NULL
        AND input_index IN (1, 2)
),
arrivals AS (
    SELECT
        channel,
        rendition,
        segment_number,
        min(CASE WHEN input_index = 1 THEN event_time END) AS at_1,
        min(CASE WHEN input_index = 2 THEN event_time END) AS at_2
    FROM segments
    GROUP BY channel, rendition, segment_number
),
skews AS (
    SELECT
        channel,
        rendition,
        at_1,
        at_2,
        date_diff('millisecond', at_1, at_2) AS skew_ms
    FROM arrivals
),
placed AS (
    SELECT
        channel,
        rendition,
        at_1,
        at_2,
        skew_ms,
        row_number() OVER (PARTITION BY channel, rendition ORDER BY skew_ms) AS place,
        count(skew_ms) OVER (PARTITION BY channel, rendition) AS pairs
    FROM skews
)
SELECT
    channel,
    rendition,
    count(skew_ms) AS pairs,
    count_if(at_2 IS NULL) AS only_at_1,
    count_if(at_1 IS NULL) AS only_at_2,
    min(CASE WHEN 2 * place >= pairs THEN skew_ms END) / 1e3 AS median_skew_s,
    min(skew_ms) / 1e3 AS min_skew_s,
    max(skew_ms) / 1e3 AS max_skew_s
FROM placed
GROUP BY channel, rendition
ORDER BY channel, rendition
