-- Errors of the origin by likely cause
--
-- Failed requests of each endpoint by what has probably gone wrong. authorization (403): the CDN's secret or the
-- endpoint's policy, or somebody going past the CDN; outside_window (404): a segment that is gone or not there yet, a
-- start-over time outside the window, a wrong path; throttled (429): the endpoint's limit of requests; service (5xx):
-- the service, or an input that stalls; request: every other 4xx. The share is that of the endpoint's requests whose
-- end was logged. Clients that hung up (460, 499, no status, or a negative time to the first byte with a status below
-- 400) are no errors: they stand apart as client_gone, with is_error false. A negative time with an error's status
-- leaves it an error.
--
-- :limit = 100  rows to list
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        status,
        CASE
            WHEN is_aborted AND (coalesce(status, 0) < 400 OR status IN (460, 499)) THEN 'client_gone'
            WHEN status IN (460, 499) THEN 'client_gone'
            WHEN status = 403 THEN 'authorization'
            WHEN status = 404 THEN 'outside_window'
            WHEN status = 429 THEN 'throttled'
            WHEN status >= 500 THEN 'service'
            WHEN status >= 400 THEN 'request'
        END AS cause,
        coalesce(status IS NOT NULL OR is_aborted, false) AS has_end,
        cdn,
        viewer_id,
        event_time
    FROM mediapackage_egress_requests
    WHERE :hours
),
endpoints AS (
    SELECT
        endpoint,
        cause,
        status,
        count(*) AS requests,
        count_if(has_end) AS ended,
        count_if(cdn = 'direct') AS direct_requests,
        count(DISTINCT viewer_id) AS addresses,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen
    FROM requests
    GROUP BY endpoint, cause, status
),
shares AS (
    SELECT
        endpoint,
        cause,
        status,
        requests,
        1e0 * requests / sum(ended) OVER (PARTITION BY endpoint) AS share_of_endpoint,
        direct_requests,
        addresses,
        first_seen,
        last_seen
    FROM endpoints
)
SELECT
    cause,
    cause != 'client_gone' AS is_error,
    endpoint,
    status,
    requests,
    share_of_endpoint,
    direct_requests,
    addresses,
    first_seen,
    last_seen
FROM shares
WHERE cause IS NOT NULL
ORDER BY requests DESC, cause, endpoint, status
LIMIT :limit
