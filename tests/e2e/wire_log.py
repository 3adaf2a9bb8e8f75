"""What the requests that came by a proxy say about the job that made them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs

from tests.wire.proxy import Seen

MAKING = ("put", "conditional put", "lease", "copy", "complete upload")


def at_once(requests: Iterable[Seen]) -> int:
    """How many of the requests were under way at the same time, at the most."""
    moments = sorted(moment for seen in requests for moment in ((seen.began_s, 1), (seen.ended_s, -1)))
    most = current = 0
    for _, change in moments:
        current += change
        most = max(most, current)
    return most


def of_kind(requests: Iterable[Seen], *kinds: str, below: str = "") -> list[Seen]:
    """The requests of these kinds for keys that begin so, in the order in which they ended."""
    return [seen for seen in requests if seen.kind in kinds and seen.path.startswith(below)]


def listed_after_made(requests: Sequence[Seen]) -> set[str]:
    """Prefixes that were listed when a key below them had been made a moment ago."""
    made = of_kind(requests, *MAKING)
    found = set()
    for listing in of_kind(requests, "list"):
        (prefix,) = parse_qs(listing.query)["prefix"]
        begins = f"{listing.path.rstrip('/')}/{prefix}"
        if any(each.path.startswith(begins) and each.ended_s < listing.began_s for each in made):
            found.add(prefix)
    return found
