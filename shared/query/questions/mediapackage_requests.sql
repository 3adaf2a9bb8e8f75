-- Requests to origin endpoints by class
--
-- What each endpoint is asked for, by the class of the request (manifests, segments, ...): requests, their shares of
-- all and of the endpoint's, bytes sent, and how they ended. All requests count, failed ones too. An endpoint is named
-- channel group/channel/endpoint, one of VOD by its packaging configuration; null is what names none. Successes are 2xx
-- and 304. Errors are 4xx and 5xx but for the statuses of clients that hung up (460, 499), which are given up, as are
-- those without a status.
--
-- :limit = 100  pairs to list
WITH requests AS (
    SELECT
        coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
        request_class,
        bytes_sent,
        coalesce(status BETWEEN 200 AND 299 OR status = 304, false) AS is_success,
        coalesce(status >= 400 AND status NOT IN (460, 499), false) AS is_error,
        coalesce(is_aborted AND (coalesce(status, 0) < 400 OR status IN (460, 499)), false) AS is_given_up
    FROM mediapackage_egress_requests
    WHERE :hours
),
classes AS (
    SELECT
        endpoint,
        request_class,
        count(*) AS requests,
        sum(bytes_sent) AS sent_bytes,
        count_if(is_success) AS successes,
        count_if(is_error) AS errors,
        count_if(is_given_up) AS given_up
    FROM requests
    GROUP BY endpoint, request_class
)
SELECT
    endpoint,
    request_class,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    1e0 * requests / sum(requests) OVER (PARTITION BY endpoint) AS share_of_endpoint,
    sent_bytes,
    successes,
    errors,
    given_up
FROM classes
ORDER BY requests DESC, endpoint, request_class
LIMIT :limit
