from __future__ import annotations

import pyarrow as pa
import pytest

from shared.sources.mediapackage.requester import cdns


@pytest.mark.parametrize(
    ("user_agent", "cdn"),
    [
        ("Amazon CloudFront", "cloudfront"),
        ("AWSElementalMediaTailor", "mediatailor"),
        ("mediatailor/1.0", "mediatailor"),
        ("Mozilla/5.0 (X11; U; Linux x86_64; en-US) AkamaiImageServer VelocitudeMP/1.0", "akamai"),
        ("Fastly/1.0", "fastly"),
        ("Mozilla/5.0 (compatible; CloudFlare-AlwaysOnline/1.0)", "cloudflare"),
        ("Cloud-CDN-Google (GFE/2.0)", "google"),
        ("ExamplePlayer/1.0 (+https://player.example.com)", "direct"),
        ("", "direct"),
        (None, None),
    ],
)
def test_who_asks(user_agent: str | None, cdn: str | None) -> None:
    assert cdns(pa.array(["Amazon CloudFront", user_agent], pa.string())).to_pylist() == ["cloudfront", cdn]
