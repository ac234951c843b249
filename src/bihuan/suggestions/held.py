"""Which cases a window holds: eight bytes for each, a million in eight megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

LOOSE = 1 << 14  # ids that are kept beside the sorted ones before they are merged
HALF = (1 << 64) - 1


class IdSet:
    """A set of ids, by their lower 64 bits: in ids made by time and chance these are chance alone."""

    def __init__(self) -> None:
        self._sorted = np.zeros(0, dtype=np.uint64)
        self._loose: set[int] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._loose)

    def add(self, ids: Sequence[UUID]) -> None:
        """Take ids in; those already there change nothing."""
        new = [case.int & HALF for case, held in zip(ids, self.has(ids), strict=True) if not held]
        self._loose.update(new)
        if len(self._loose) > LOOSE:
            loose = np.fromiter(self._loose, dtype=np.uint64, count=len(self._loose))
            self._sorted = np.sort(np.concatenate([self._sorted, loose]))
            self._loose = set()

    def has(self, ids: Sequence[UUID]) -> list[bool]:
        """Return whether each id is there."""
        halves = np.array([case.int & HALF for case in ids], dtype=np.uint64)
        at = np.searchsorted(self._sorted, halves)
        sorted_ = np.zeros(len(halves), dtype=bool)
        inside = at < len(self._sorted)
        sorted_[inside] = self._sorted[at[inside]] == halves[inside]
        return [bool(found) or int(half) in self._loose for found, half in zip(sorted_, halves, strict=True)]
