-- Protocols, TLS versions and ciphers
--
-- How viewers connect: protocol, HTTP version, TLS version and cipher, IP version, with the share of all requests.
WITH connections AS (
    SELECT
        protocol,
        protocol_version,
        tls_protocol,
        tls_cipher,
        ip_version,
        count(*) AS requests,
        count(DISTINCT viewer_id) AS viewers
    FROM cloudfront_requests
    WHERE :hours
    GROUP BY protocol, protocol_version, tls_protocol, tls_cipher, ip_version
)
SELECT
    protocol,
    protocol_version,
    tls_protocol,
    tls_cipher,
    ip_version,
    requests,
    1e0 * requests / sum(requests) OVER () AS share,
    viewers
FROM connections
ORDER BY requests DESC, protocol, protocol_version, tls_protocol, tls_cipher, ip_version
