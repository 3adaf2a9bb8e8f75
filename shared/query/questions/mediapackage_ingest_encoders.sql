-- Encoders by channel and input
--
-- Which addresses and user agents deliver to which input: an address that is new here is a new encoder, or somebody
-- else's. With the kind of input (as logged; often it is not, so the packaging that the URLs tell stands beside it),
-- requests, segments delivered (PUTs with 2xx), challenges (401), errors (4xx without 401, 5xx, no status), and when it
-- was seen.
WITH requests AS (
    SELECT
        nullif(concat_ws('/', channel_group, channel_id), '') AS channel,
        input_index,
        client_ip,
        viewer_id,
        user_agent,
        input_type,
        packaging,
        status,
        event_time,
        coalesce(method = 'PUT' AND request_class = 'segment' AND status BETWEEN 200 AND 299, false) AS is_delivery,
        coalesce((status >= 400 AND status != 401) OR (status IS NULL AND is_aborted), false) AS is_error
    FROM mediapackage_ingress_requests
    WHERE :hours
)
SELECT
    channel,
    input_index,
    client_ip,
    viewer_id,
    user_agent,
    max(input_type) AS input_type,
    max(packaging) AS packaging,
    count(*) AS requests,
    count_if(is_delivery) AS segments_delivered,
    count_if(status = 401) AS challenged,
    count_if(is_error) AS errors,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen
FROM requests
GROUP BY channel, input_index, client_ip, viewer_id, user_agent
ORDER BY channel, input_index, requests DESC, viewer_id, user_agent
