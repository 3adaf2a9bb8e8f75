-- Playback quality of players
--
-- What players report of themselves (CMCD in the query string) by content: sessions, those of them that ran out of
-- buffer, the mean bitrate of video by its duration, and minutes of video. Requests without CMCD tell nothing.
--
-- :limit = 50  contents to list, those with most sessions
WITH reports AS (
    SELECT
        element_at(cmcd, 'cid') AS content_id,
        element_at(cmcd, 'sid') AS session_id,
        element_at(cmcd, 'bs') IS NOT NULL AS is_starved,
        element_at(cmcd, 'ot') IN ('v', 'av') AS is_video,
        try_cast(element_at(cmcd, 'br') AS bigint) AS bitrate_kbit_per_s,
        try_cast(element_at(cmcd, 'd') AS bigint) AS duration_ms
    FROM cloudfront_requests
    WHERE :hours AND element_at(cmcd, 'sid') IS NOT NULL
)
SELECT
    content_id,
    count(*) AS requests,
    count(DISTINCT session_id) AS sessions,
    count(DISTINCT CASE WHEN is_starved THEN session_id END) AS starved_sessions,
    1e0 * count(DISTINCT CASE WHEN is_starved THEN session_id END) / count(DISTINCT session_id) AS starved_share,
    1e0 * sum(CASE WHEN is_video THEN bitrate_kbit_per_s * duration_ms END)
        / nullif(sum(CASE WHEN is_video AND bitrate_kbit_per_s IS NOT NULL THEN duration_ms END), 0)
        AS mean_video_kbit_per_s,
    sum(CASE WHEN is_video THEN duration_ms END) / 60e3 AS video_minutes
FROM reports
GROUP BY content_id
ORDER BY sessions DESC, content_id
LIMIT :limit
