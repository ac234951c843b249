"""Which categories are reported together: learnt from the stream itself, without labels.

Counted are pairs of reports within 60 m and three days. How much more often two categories meet than their shares
would have it (pointwise mutual information, Church & Hanks 1990, shrunk towards 0 when few were seen) says that
"street light outage" and "light pole knocked down" may be one event, and that two things of a busy square are not.
"""

from __future__ import annotations

import numpy as np

from bihuan.insight.duplicates.reports import Floats, Keys
from bihuan.insight.duplicates.text import U64, mix

BITS = 16
NEAR = 60.0  # metres
SOON = 3 * 86_400  # seconds
SHRINK = 2.0  # pairs as expected by chance, added to both sides


class Related:
    """Pair counts of categories in tables of 2¹⁶ places (1 MB)."""

    def __init__(self) -> None:
        self._pairs = np.zeros(1 << BITS)
        self._kinds = np.zeros(1 << BITS)
        self._total = 0.0

    def add(self, left: Keys, right: Keys) -> None:
        """Count pairs of reports that were near and soon: their categories, shape (pairs,)."""
        for a, b in ((left, right), (right, left)):
            self._pairs += np.bincount(_place(mix(a) ^ b), minlength=len(self._pairs))
            self._kinds += np.bincount(_place(a), minlength=len(self._kinds))
        self._total += 2 * len(left)

    def lift(self, left: Keys, right: Keys) -> Floats:
        """Natural logarithm of how much more often the categories meet than by chance, shape (pairs,); 0 unknown."""
        expected = self._kinds[_place(left)] * self._kinds[_place(right)] / max(self._total, 1.0)
        return np.log((self._pairs[_place(mix(left) ^ right)] + SHRINK) / (expected + SHRINK))


def _place(keys: Keys) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (mix(keys) >> U64(64 - BITS)).astype(np.int64)
