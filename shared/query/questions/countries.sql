-- Countries and networks
--
-- Requests, viewers and bytes by country, and by autonomous system where it is known, with the share of all requests.
--
-- :limit = 50  rows to list, those with most requests
WITH origins AS (
    SELECT
        country,
        asn,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS viewers,
        sum(bytes_sent) AS sent_bytes
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY country, asn
)
SELECT
    country,
    asn,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    viewers,
    sent_bytes
FROM origins
ORDER BY requests DESC, country, asn
LIMIT :limit
