"""How something grows: the exponent of a power law through measured points, and a table that ends with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Point = tuple[float, Mapping[str, float]]
"""A size, and what was measured at it, by heading."""


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """The slope of log value over log size by least squares: 1 is in proportion, 0 does not grow.

    None where fewer than two points are positive, or all of one size.

    >>> exponent([1, 10, 100], [2, 20, 200])
    1.0
    """
    points = [(math.log(x), math.log(y)) for x, y in zip(sizes, values, strict=True) if x > 0 and y > 0]
    if len({x for x, _ in points}) < 2:
        return None
    mean_x, mean_y = (sum(coordinate) / len(points) for coordinate in zip(*points, strict=True))
    return round(sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points), 2)


def growth_table(heading: str, points: Sequence[Point]) -> str:
    """A row for each size, and two for the exponents: through all points, and through the last two.

    What a run costs at its start flattens the first; the second tells more about what is to come.
    """
    names = list(points[0][1]) if points else []
    lines = [f"| {' | '.join([heading, *names])} |", f"|{'---:|' * (len(names) + 1)}"]
    lines += [f"| {' | '.join([_shown(size), *(_shown(found[name]) for name in names)])} |" for size, found in points]
    for title, chosen in (("exponent", points), ("exponent of the last two", points[-2:])):
        sizes = [size for size, _ in chosen]
        slopes = [exponent(sizes, [found[name] for _, found in chosen]) for name in names]
        lines.append(f"| {title} | {' | '.join('' if slope is None else f'{slope:.2f}' for slope in slopes)} |")
    return "\n".join(lines)


def _shown(value: float) -> str:
    """Three digits at least, and no more behind the point than mean something.

    >>> [_shown(value) for value in (0.1234, 12.34, 1234.5, 7_000_000)]
    ['0.123', '12.3', '1,234', '7,000,000']
    """
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
