"""Who finally took such reports: a prior learnt from accepted returns, offered beside the duty matrix.

The matrix row (category × place × date) stays the answer; this never replaces it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

SMOOTHING = 1.0


class Return(NamedTuple):
    """One report that was handed on, and who finally accepted it."""

    category: str
    area: str
    unit: str


def prior(returns: Iterable[Return], smoothing: float = SMOOTHING) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Weights of the units per category and area, likeliest first.

    Each weight is (count + smoothing) / (total + smoothing × units), over the units seen anywhere for the category
    (Laplace), so that one single return decides nothing.

    Args:
        returns: Accepted returns.
        smoothing: Pseudo-count per unit, > 0.

    Raises:
        ValueError: smoothing is not positive.
    """
    if smoothing <= 0:
        raise ValueError(f"smoothing {smoothing} must be above 0")
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    units: dict[str, set[str]] = defaultdict(set)
    for each in returns:
        counts[each.category, each.area][each.unit] += 1
        units[each.category].add(each.unit)
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for (category, area), seen in counts.items():
        total = sum(seen.values()) + smoothing * len(units[category])
        weighed = [(unit, (seen[unit] + smoothing) / total) for unit in units[category]]
        found[category, area] = sorted(weighed, key=lambda pair: (-pair[1], pair[0]))
    return found
