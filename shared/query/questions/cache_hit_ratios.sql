-- Cache hit ratios by three definitions, and what the origin had to serve
--
-- Three ratios go by this name and differ on the same requests. console_hit_ratio: hits of all requests, as the
-- console and its report of popular objects count. cloudwatch_hit_ratio: hits and refresh hits of the requests that
-- can be cached, that is no POST or PUT and no error, as the CloudWatch metric does. extensions_hit_ratio: by the final
-- result, of all but throttled requests, as the AWS extensions do. byte_hit_ratio is that of bytes. Origin requests are
-- misses and errors of the origin; refresh hits, which only ask it whether a copy is still right, stand apart.
--
-- :by = distribution_id | host | path_pattern | edge_location | country | content_type  what to count apart
-- :limit = 50  rows to list, those with most requests
WITH classified AS (
    SELECT
        :by,
        bytes_sent,
        coalesce(cache_result_response = 'Hit', false) AS is_hit,
        coalesce(cache_result_response = 'RefreshHit', false) AS is_refresh_hit,
        coalesce(method IN ('POST', 'PUT'), false)
            OR coalesce(cache_result_response IN ('Error', 'LimitExceeded', 'CapacityExceeded'), false)
            AS is_uncacheable,
        coalesce(cache_result IN ('Hit', 'RefreshHit'), false) AS is_final_hit,
        coalesce(cache_result = 'Miss', false) AS is_final_miss,
        coalesce(cache_result IN ('LimitExceeded', 'CapacityExceeded'), false) AS is_throttled,
        coalesce(
            cache_result_detailed = 'Miss'
            OR (cache_result_detailed LIKE '%Origin%' AND cache_result_detailed <> 'OriginShieldHit'),
            false
        ) AS is_origin_request
    FROM cloudfront_requests
    WHERE :hours
)
SELECT
    :by,
    count(*) AS requests,
    1e0 * count_if(is_hit) / count(*) AS console_hit_ratio,
    1e0 * count_if((is_hit OR is_refresh_hit) AND NOT is_uncacheable)
        / nullif(count_if(NOT is_uncacheable), 0) AS cloudwatch_hit_ratio,
    1e0 * count_if(is_final_hit) / nullif(count_if(NOT is_throttled), 0) AS extensions_hit_ratio,
    1e0 * sum(CASE WHEN is_final_hit THEN bytes_sent ELSE 0 END) / nullif(sum(bytes_sent), 0) AS byte_hit_ratio,
    count_if(is_origin_request) AS origin_requests,
    count_if(is_refresh_hit) AS refresh_hits,
    sum(CASE WHEN is_final_miss THEN bytes_sent ELSE 0 END) AS missed_bytes
FROM classified
GROUP BY :by
ORDER BY requests DESC, :by
LIMIT :limit
