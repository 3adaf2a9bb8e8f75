"""Who asks the origin: a CDN, an ad inserter, or somebody directly."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.patterns import first_rule

DIRECT = "direct"

# CDNs that put their own name into requests to the origin. Many pass on the user agent of the viewer and look direct.
_MARKS = {
    "amazon cloudfront": "cloudfront",
    "mediatailor": "mediatailor",
    "akamai": "akamai",
    "fastly": "fastly",
    "cloudflare": "cloudflare",
    "cloud-cdn-google": "google",
}


def cdns(user_agents: pa.Array) -> pa.Array:
    """The name of the CDN for each user agent, `direct` where it names none.

    Null without user agent: the field can be left out of the logs, and then nobody is known to have come directly.
    """
    lower = pc.ascii_lower(user_agents)
    rules = [(pc.match_substring(lower, mark), name) for mark, name in _MARKS.items()]
    return pc.if_else(lower.is_valid(), first_rule(rules, DIRECT), None)
