"""Randomness that anybody recomputes: lots are SHA-256 of words, so a draw needs only the seed and the published list.

No generator of a library takes part: their streams may change with a version, a hash does not.
Source: FIPS 180-4 (SHA-256); RFC 3797 §3 (a public seed, hashed with a number for each choice).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def lot_of(seed: str, *words: str) -> int:
    """The lot of some words under a seed: a whole number below 2**256."""
    return int.from_bytes(hashlib.sha256("|".join((seed, *words)).encode()).digest())


def ordered_by_lot(seed: str, purpose: str, names: Iterable[str]) -> list[str]:
    """Distinct names in the order of their lots; equal lots do not occur."""
    return sorted(names, key=lambda name: (lot_of(seed, purpose, name), name))


class Lots:
    """Whole numbers one after another under a seed and a purpose: the n-th is the lot of `purpose|n`."""

    def __init__(self, seed: str, purpose: str) -> None:
        self._seed, self._purpose, self._count = seed, purpose, 0

    def below(self, bound: int) -> int:
        """The next number in [0, bound); the remainder of 256 bits is even to 1 in 2**190."""
        self._count += 1
        return lot_of(self._seed, self._purpose, str(self._count)) % bound

    def shuffle(self, items: list[int]) -> None:
        """Bring a list into a random order (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
