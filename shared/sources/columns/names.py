"""Names of fields as somebody on the way has spelled them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping


def fold_names(
    names: tuple[str, ...], spellings: Mapping[str, str], wires: Collection[str], foreign: Collection[str] = ()
) -> tuple[str, ...]:
    """Logged names in the format's own spelling; those that are nobody's, or of another family of logs, as they are.

    spellings   lower-case spelling to wire name
    wires       the format's own names
    foreign     names of other families, never taken for the format's

    Two spellings of one name stay two names, so that no value takes the place of another.

    >>> fold_names(("A-b", "a_b", "A_C", "new"), {"a-b": "A-b", "a_b": "A-b", "a_c": "a-c"}, {"A-b", "a-c"})
    ('A-b', 'a_b', 'a-c', 'new')
    """
    own = set(names)
    if all(name in wires for name in own):
        return names
    folded = [name if name in foreign else spellings.get(name.lower(), name) for name in names]
    times = Counter(folded)
    return tuple(
        wire if wire == name or (wire not in own and times[wire] == 1) else name
        for name, wire in zip(names, folded, strict=True)
    )
