"""What a user may say about enrichment and privacy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.errors import UsageError


class ClientIp(StrEnum):
    """What becomes of viewers' addresses."""

    KEEP = "keep"  # as logged
    TRUNCATE = "truncate"  # the /24 or /48 network
    HASH = "hash"  # null; viewer_id tells viewers apart


class Cookies(StrEnum):
    """What becomes of the Cookie header."""

    DROP = "drop"
    KEEP = "keep"


# Query keys whose values let somebody in. Identifiers that only name a playback session (CMCD, aws.sessionId) are not
# among them, as session reports need them; neither are `code` and `state`, which mean other things more often than
# a (by then expired) OAuth code.
SECRET_QUERY_KEYS: Final = (
    # CloudFront signed URLs
    *("policy", "signature", "key-pair-id"),
    # AWS and other clouds' pre-signed URLs
    *("x-amz-signature", "x-amz-security-token", "x-amz-credential", "awsaccesskeyid", "x-goog-signature"),
    *("x-goog-credential", "sig"),
    # tokens
    *("token", "access_token", "accesstoken", "id_token", "refresh_token", "auth_token", "authtoken", "auth"),
    *("authorization", "bearer", "jwt", "hdnts", "hdnea", "hdntl"),
    # keys and passwords
    *("api_key", "apikey", "api-key", "x-api-key", "key", "secret", "client_secret", "password", "passwd", "pwd"),
    # sessions
    *("session", "sessionid", "session_id", "session-id", "sid", "jsessionid", "phpsessid"),
)


@dataclass(frozen=True)
class EnrichSettings:
    """How rows are enriched and what of a viewer is kept.

    Addresses that a client or a page puts into query or referer are treated as `client_ip` is, and so is what looks
    like one there (a version of four numbers). The CMCD map stays as logged: without its session id no playback is
    one. User agents stay, too.

    client_ip               keep, truncate or hash
    cookies                 drop or keep
    redact_query_keys       keys, in any case or encoding, whose values are replaced in query, referer, path parameters,
                            log data of functions, unknown fields and raw text; none: nor are credentials in URLs
    country_database        path of an .mmdb with countries
    asn_database            path of an .mmdb with autonomous systems
    user_agent_max_length   characters of a user agent that are parsed; the whole is stored
    """

    client_ip: str = ClientIp.TRUNCATE
    cookies: str = Cookies.DROP
    redact_query_keys: tuple[str, ...] = SECRET_QUERY_KEYS
    country_database: str | None = None
    asn_database: str | None = None
    user_agent_max_length: int = 1024

    def __post_init__(self) -> None:
        for name, value, known in (("client_ip", self.client_ip, ClientIp), ("cookies", self.cookies, Cookies)):
            if value not in tuple(known):
                raise UsageError(f"{name} cannot be {value!r}.", remedy=f"Choose one of: {', '.join(known)}.")
        if self.user_agent_max_length < 1:
            raise UsageError("user_agent_max_length must be at least 1.", remedy="Leave it out for 1024.")
