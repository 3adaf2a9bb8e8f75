-- Top URLs of the origin
--
-- The most requested URLs, without query strings, segment numbers ({n}) and time-shift values ({t}): share of all
-- requests, addresses, bytes, errors, and clients that hung up.
--
-- :limit = 50  URLs to list
WITH requests AS (
    SELECT
        host,
        url_template,
        request_class,
        viewer_id,
        bytes_sent,
        coalesce(status >= 400 AND status NOT IN (460, 499), false) AS is_error,
        coalesce(is_aborted AND (coalesce(status, 0) < 400 OR status IN (460, 499)), false) AS is_given_up
    FROM mediapackage_egress_requests
    WHERE :hours
),
urls AS (
    SELECT
        host,
        url_template,
        request_class,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS addresses,
        sum(bytes_sent) AS sent_bytes,
        count_if(is_error) AS errors,
        count_if(is_given_up) AS given_up
    FROM requests
    GROUP BY host, url_template, request_class
)
SELECT
    host,
    url_template,
    request_class,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    addresses,
    sent_bytes,
    errors,
    given_up
FROM urls
ORDER BY requests DESC, host, url_template, request_class
LIMIT :limit
