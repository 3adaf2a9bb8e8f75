-- Silent inputs and outages
--
-- Times without a segment delivered (PUT with 2xx), the longest first. silent_input: one input of a channel got none
-- while the other went on for more than the given seconds, so redundancy was lost; other_active_s is how long. outage:
-- no input of the channel got any. A channel is watched from its first request of any kind to the last one that any
-- channel logged: silent_from is null where nothing was delivered before, silent_until where nothing was after (which
-- may still have to be delivered by the log). An input that has logged nothing at all is not known, and not listed.
--
-- :seconds = 30  without a segment are a silence
-- :limit = 100  silences to list
WITH requests AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        input_index,
        event_time,
        coalesce(method = 'PUT' AND request_class = 'segment' AND status BETWEEN 200 AND 299, false) AS is_delivery
    FROM mediapackage_ingress_requests
    WHERE :hours
),
inputs AS (
    SELECT
        channel,
        input_index,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen
    FROM requests
    GROUP BY channel, input_index
),
watched AS (
    SELECT
        channel,
        input_index,
        min(first_seen) OVER (PARTITION BY channel) AS watched_from,
        max(last_seen) OVER () AS watched_until
    FROM inputs
),
-- Kind 1 is a delivery; 0 and 2 are where watching begins and ends.
events AS (
    SELECT channel, input_index, watched_from AS event_time, 0 AS kind
    FROM watched
    UNION ALL
    SELECT channel, input_index, event_time, 1 AS kind
    FROM requests
    WHERE is_delivery
    UNION ALL
    SELECT channel, input_index, watched_until AS event_time, 2 AS kind
    FROM watched
),
of_channel AS (
    SELECT
        channel,
        input_index,
        event_time,
        kind,
        lag(event_time) OVER (PARTITION BY channel ORDER BY event_time, kind) AS time_before,
        lag(kind) OVER (PARTITION BY channel ORDER BY event_time, kind) AS kind_before
    FROM events
),
lags AS (
    SELECT
        channel,
        input_index,
        event_time,
        kind,
        time_before,
        kind_before,
        date_diff('millisecond', time_before, event_time) AS silent_ms,
        coalesce(date_diff('millisecond', time_before, event_time) > 1000 * :seconds, false) AS is_outage
    FROM of_channel
),
of_input AS (
    SELECT
        channel,
        input_index,
        event_time,
        kind,
        sum(CASE WHEN is_outage THEN silent_ms ELSE 0 END) OVER (PARTITION BY channel ORDER BY event_time) AS outage_ms
    FROM lags
),
own_lags AS (
    SELECT
        channel,
        input_index,
        event_time,
        kind,
        lag(event_time) OVER (PARTITION BY channel, input_index ORDER BY event_time, kind) AS time_before,
        lag(kind) OVER (PARTITION BY channel, input_index ORDER BY event_time, kind) AS kind_before,
        outage_ms - lag(outage_ms) OVER (PARTITION BY channel, input_index ORDER BY event_time, kind) AS outage_ms
    FROM of_input
),
silences AS (
    SELECT
        'silent_input' AS silence,
        channel,
        input_index,
        CASE WHEN kind_before = 1 THEN time_before END AS silent_from,
        CASE WHEN kind = 1 THEN event_time END AS silent_until,
        date_diff('millisecond', time_before, event_time) AS silent_ms,
        date_diff('millisecond', time_before, event_time) - outage_ms AS other_active_ms
    FROM own_lags
    UNION ALL
    SELECT
        'outage' AS silence,
        channel,
        CAST(NULL AS integer) AS input_index,
        CASE WHEN kind_before = 1 THEN time_before END AS silent_from,
        CASE WHEN kind = 1 THEN event_time END AS silent_until,
        silent_ms,
        CAST(NULL AS bigint) AS other_active_ms
    FROM lags
    WHERE is_outage
)
SELECT
    silence,
    channel,
    input_index,
    silent_from,
    silent_until,
    silent_ms / 1e3 AS silent_s,
    other_active_ms / 1e3 AS other_active_s
FROM silences
WHERE
    silence = 'outage'
    OR other_active_ms > 1000 * :seconds
ORDER BY silent_s DESC, silence, channel, input_index, silent_from
LIMIT :limit
