"""How requests end and how clients connect: the combinations that a CDN logs, with their shares."""

from __future__ import annotations

# Status, result, response result, detailed result, share: only combinations that a CDN logs.
OUTCOMES = (
    ("200", "Hit", "Hit", "Hit", 0.640),
    ("200", "RefreshHit", "RefreshHit", "RefreshHit", 0.030),
    ("200", "Miss", "Miss", "Miss", 0.112),
    ("200", "Hit", "Hit", "OriginShieldHit", 0.014),
    ("200", "Miss", "Miss", "MissGeneratedResponse", 0.004),
    ("206", "Hit", "Hit", "Hit", 0.043),
    ("206", "Miss", "Miss", "Miss", 0.007),
    ("304", "Hit", "Hit", "Hit", 0.046),
    ("304", "RefreshHit", "RefreshHit", "RefreshHit", 0.010),
    ("304", "Miss", "Miss", "Miss", 0.004),
    ("301", "Redirect", "Redirect", "Redirect", 0.020),
    ("302", "Miss", "Miss", "MissGeneratedResponse", 0.010),
    ("403", "Error", "Error", "Error", 0.011),
    ("403", "Error", "Error", "ClientGeoBlocked", 0.003),
    ("403", "Error", "Error", "InvalidRequestBlocked", 0.001),
    ("404", "Error", "Error", "Error", 0.025),
    ("500", "Error", "Error", "OriginError", 0.006),
    ("502", "Error", "Error", "OriginConnectError", 0.004),
    ("502", "Error", "Error", "OriginDnsError", 0.001),
    ("503", "Error", "Error", "OriginError", 0.005),
    ("503", "CapacityExceeded", "CapacityExceeded", "CapacityExceeded", 0.001),
    ("503", "LimitExceeded", "LimitExceeded", "LimitExceeded", 0.001),
    ("000", "Error", "Error", "ClientCommError", 0.002),
)

# Protocol, TLS version, cipher, HTTP version, share.
CONNECTIONS = (
    ("https", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "HTTP/2.0", 0.47),
    ("https", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "HTTP/3.0", 0.18),
    ("https", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "HTTP/2.0", 0.06),
    ("https", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "HTTP/1.1", 0.05),
    ("https", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "HTTP/1.1", 0.11),
    ("https", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "HTTP/2.0", 0.09),
    ("http", "-", "-", "HTTP/1.1", 0.035),
    ("http", "-", "-", "HTTP/1.0", 0.003),
    ("wss", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "HTTP/1.1", 0.002),
)
