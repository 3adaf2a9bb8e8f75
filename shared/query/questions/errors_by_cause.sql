-- Errors by cause
--
-- Failed requests by who failed, in the words of the detailed result: the origin (OriginError, OriginConnectError,
-- OriginDnsError, ...), the viewer (ClientCommError, ClientGeoBlocked, ...), the request, or a limit. Cut-off downloads
-- (a good status, but the result is Error) and requests given up before a response are among them.
--
-- :limit = 50  causes to list
SELECT
    distribution_id,
    cache_result_detailed,
    cache_result,
    status,
    count(*) AS requests,
    count(DISTINCT edge_location) AS edge_locations,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen
FROM cloudfront_requests
WHERE
    :hours
    AND (status >= 400 OR is_aborted OR cache_result IN ('Error', 'LimitExceeded', 'CapacityExceeded'))
GROUP BY distribution_id, cache_result_detailed, cache_result, status
ORDER BY requests DESC, distribution_id, cache_result_detailed, cache_result, status
LIMIT :limit
