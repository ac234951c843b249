"""Which categories are reported together: learnt from the stream itself, without labels.

Counted are pairs of reports within 60 m and three days. How much more often two categories meet than their shares
would have it (pointwise mutual information, Church & Hanks 1990, shrunk towards 0 when few were seen) says that
"street light outage" and "light pole knocked down" may be one event, and that two things of a busy square are not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import Floats, Ints, Keys
from bihuan.insight.duplicates.text import U64, mix_keys

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
        """Count pairs of reports that were near and soon: their categories, shape (pairs,).

        Source: src/bihuan/insight/duplicates/card.md; near is 60 m, soon is three days.
        """
        first, second = self.place(left), self.place(right)
        for a, b in ((first, second), (second, first)):
            np.add.at(self._pairs, _both(a, b), 1.0)
            np.add.at(self._kinds, a, 1.0)
        self._total += 2 * len(left)

    @staticmethod
    def place(kinds: Keys) -> NDArray[np.uint32]:
        """Place of each category in the tables, shape (n,): what `lift_of` takes."""
        return _place(kinds).astype(np.uint32)

    def lift(self, left: Keys, right: Keys) -> Floats:
        """Natural logarithm of how much more often the categories meet than by chance, shape (pairs,); 0 unknown.

        Source: Church & Hanks (1990), Computational Linguistics 16:22 (mutual information), shrunk towards 0.
        """
        return self.lift_of(self.place(left), self.place(right))

    def lift_of(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> Floats:
        """`lift` of categories known by their places.

        Source: Church & Hanks (1990), Computational Linguistics 16:22.
        """
        expected = self._kinds[left] * self._kinds[right] / max(self._total, 1.0)
        return np.log((self._pairs[_both(left, right)] + SHRINK) / (expected + SHRINK))


def _both(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> Ints:
    return _place((left.astype(U64) << U64(BITS)) | right)


def _place(keys: Keys) -> Ints:
    return (mix_keys(keys) >> U64(64 - BITS)).astype(np.int64)
