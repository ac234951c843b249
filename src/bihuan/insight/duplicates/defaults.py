"""Points and addresses that are written when nobody knows the place: they are no evidence of nearness.

A town hall, a district's centre or the call centre itself collects reports of many kinds. A stream is watched with
two small tables: how many reports a point has, and of how many kinds. (One City Hall point held 8 % of a published
year of Boston's reports.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import Keys
from bihuan.insight.duplicates.text import U64

BITS = 18
SHARE = 0.002  # of all reports with a point
LEAST = 30  # reports; fewer say nothing about a point
KINDS = 10  # a place with its own trouble has few kinds of it; a default point has all
LARGE_SHARE = 0.02  # without categories only a share no real place reaches


class DefaultPoints:
    """Counts per point (or address) in tables of 2¹⁸ places (4 MB); keys may share a place."""

    def __init__(self) -> None:
        self._count = np.zeros(1 << BITS, dtype=np.int64)
        self._kinds = np.zeros(1 << BITS, dtype=np.uint64)  # one bit per kind, hashed to 64
        self._total = 0

    def add(self, points: Keys, kinds: Keys) -> None:
        """Count a batch: key of the point (0 = none) and key of the category, shape (n,).

        Source: docs/topics/duplicates.md, "How" (2): points that stand for "unknown" are no evidence.
        """
        known = points != 0
        place = _place(points[known])
        self._count += np.bincount(place, minlength=len(self._count))
        np.bitwise_or.at(self._kinds, place, np.where(kinds[known] != 0, U64(1) << (kinds[known] >> U64(58)), U64(0)))
        self._total += int(known.sum())

    def __call__(self, points: Keys) -> NDArray[np.bool_]:
        """Whether each point is a default."""
        place = _place(points)
        count = self._count[place]
        kinds = np.bitwise_count(self._kinds[place])
        mixed = (kinds >= KINDS) & (count >= max(LEAST, SHARE * self._total))
        large = (kinds == 0) & (count >= max(LEAST, LARGE_SHARE * self._total))
        default: NDArray[np.bool_] = (points != 0) & (mixed | large)
        return default


def _place(keys: Keys) -> NDArray[np.int64]:
    return (keys >> U64(64 - BITS)).astype(np.int64)
