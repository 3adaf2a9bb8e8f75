-- Referring sites
--
-- The hosts of the pages that requests came from; no host where the request named no page.
--
-- :limit = 50  hosts to list
WITH requests_by_host AS (
    SELECT
        lower(regexp_extract(referer, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]+)', 1)) AS referring_host,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS viewers,
        sum(bytes_sent) AS sent_bytes
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY lower(regexp_extract(referer, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]+)', 1))
)
SELECT
    referring_host,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    viewers,
    sent_bytes
FROM requests_by_host
ORDER BY requests DESC, referring_host
LIMIT :limit
