-- Browsers, operating systems and devices
--
-- What viewers watch with: kind of client, browser, operating system and device, with requests, viewers and bytes.
--
-- :limit = 50  rows to list, those with most requests
SELECT
    client_kind,
    browser_family,
    os_family,
    device_family,
    count(*) AS requests,
    count(DISTINCT viewer_id) AS viewers,
    sum(bytes_sent) AS sent_bytes
FROM cloudfront_requests
WHERE :hours
GROUP BY client_kind, browser_family, os_family, device_family
ORDER BY requests DESC, client_kind, browser_family, os_family, device_family
LIMIT :limit
