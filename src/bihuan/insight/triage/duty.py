"""Who finally took such reports: a prior learnt from accepted returns, offered beside the duty matrix.

The matrix row (category × place × date) stays the answer; this never replaces it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

DOUBT = 1.0
"""Returns that speak for nobody, beside those counted: after one single return its unit has weight one half."""


class Return(NamedTuple):
    """One report that was handed on, and who finally accepted it."""

    category: str
    area: str
    unit: str


def prior(returns: Iterable[Return], doubt: float = DOUBT) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Weights of the units per category and area, likeliest first.

    Each weight is (count here + doubt × share elsewhere) / (total here + doubt): shrunk towards how the category's
    returns of the other areas went, the more so the fewer there are here. Where there are none elsewhere that part
    speaks for nobody, so the weights of an area sum to less than one and one single return never weighs one.

    Args:
        returns: Accepted returns.
        doubt: How many returns the experience of the other areas counts for, > 0.

    Raises:
        ValueError: doubt is not positive.

    Source: MacKay & Peto (1995), Natural Language Engineering 1:289 (Dirichlet prior); docs/topics/triage.md.
    """
    if doubt <= 0:
        raise ValueError(f"doubt {doubt} must be above 0")
    here: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    whole: dict[str, Counter[str]] = defaultdict(Counter)
    for each in returns:
        here[each.category, each.area][each.unit] += 1
        whole[each.category][each.unit] += 1
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for (category, area), seen in here.items():
        total, elsewhere = seen.total(), whole[category] - seen
        others = max(1, elsewhere.total())
        weighed = [
            (unit, (seen[unit] + doubt * elsewhere[unit] / others) / (total + doubt)) for unit in whole[category]
        ]
        found[category, area] = sorted(weighed, key=lambda pair: (-pair[1], pair[0]))
    return found
