-- Failed requests to the origin, the latest first
--
-- Single requests that ended with an error (4xx or 5xx, without the 460 and 499 of clients that hung up), with what AWS
-- support asks for: time, request id, URL.
--
-- :status = 0  only this status; 0 is all of them
-- :limit = 50  requests to list
SELECT
    event_time,
    status,
    coalesce(nullif(concat_ws('/', channel_group, channel_id, endpoint_id), ''), packaging_config_arn) AS endpoint,
    method,
    host,
    path,
    query,
    cdn,
    client_ip,
    user_agent,
    time_to_first_byte_s,
    request_id
FROM mediapackage_egress_requests
WHERE
    :hours
    AND status >= 400
    AND status NOT IN (460, 499)
    AND :status IN (0, status)
ORDER BY event_time DESC, request_id, status, host, path, query
LIMIT :limit
