"""How common a shingle is in the stream: rare ones say which event, common ones only how people write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.text import Shingles

BITS = 20
RARE = 4  # a shingle seen less often counts as seen so often: a typing error is no evidence
STEPS = 8  # highest level


class Rarity:
    """Counts of shingles, in a fixed table of 2²⁰ (4 MB); different shingles may share a place."""

    def __init__(self) -> None:
        self._seen = np.zeros(1 << BITS, dtype=np.uint32)
        self._texts = 0

    def add(self, found: Shingles) -> None:
        """Count the shingles of a batch."""
        self._seen += np.bincount(_place(found.hashes), minlength=len(self._seen)).astype(np.uint32)
        self._texts += len(found.starts) - 1

    def levels(self, found: Shingles) -> NDArray[np.uint8]:
        """Half of log2 (texts / texts with the shingle), rounded: the square root of the rarity as a level.

        Source: Spärck Jones (1972), Journal of Documentation 28:11 (inverse document frequency).
        """
        seen = np.maximum(self._seen[_place(found.hashes)], RARE)
        rarity = np.log2(np.maximum(self._texts, RARE) / seen.astype(np.float32))
        levels: NDArray[np.uint8] = np.clip(np.rint(0.5 * rarity), 0, STEPS).astype(np.uint8)
        return levels


def _place(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return hashes >> np.uint32(32 - BITS)
