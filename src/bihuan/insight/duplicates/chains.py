"""A hash table of postings that grows in batches and is read newest first.

Every posting (key → slot) is one entry; entries of one bucket form a chain from the newest to the oldest. Adding and
looking up thousands of keys are a few NumPy passes each. Memory: 16 bytes per entry and 8 per bucket.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import NO_KEY, Ints, Keys
from bihuan.insight.duplicates.text import U64

END = -1


class Chains:
    """Postings of 64-bit keys.

    Args:
        entries: Postings to make room for; grows by itself.
    """

    def __init__(self, entries: int = 1 << 12) -> None:
        self._size = 0
        self._allot(max(entries, 16))

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return (
            self._head.nbytes
            + self._count.nbytes
            + self._next.nbytes
            + self._tag.nbytes
            + self._low.nbytes
            + self._slot.nbytes
        )

    def add(self, keys: Keys, slots: NDArray[np.integer]) -> None:
        """Append postings; those with key 0 are left out. Later ones of a batch count as newer."""
        kept = keys != NO_KEY
        keys, slots = keys[kept], slots[kept]
        if self._size + len(keys) > len(self._next):
            self._grow(self._size + len(keys))
        self._append(keys, slots)

    def lookup(self, keys: Keys, limit: NDArray[np.int32], hot: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Newest postings of each key.

        Args:
            keys: uint64, shape (n,); 0 finds nothing.
            limit: Entries of the chain to visit at most, per key.
            hot: A key whose bucket holds more than this says nothing and finds nothing, per key.

        Returns:
            index into `keys` and slot of every posting found, unordered.
        """
        bucket = self._bucket(keys)
        at = self._head[bucket]
        tags = (keys >> U64(32)).astype(np.uint32)
        asking = np.flatnonzero((keys != NO_KEY) & (at != END) & (self._count[bucket] <= hot))
        at, tag, left = at[asking], tags[asking], limit[asking]
        found_key, found_slot, step = [], [], 0
        while len(asking):
            hit = self._tag[at] == tag
            found_key.append(asking[hit])
            found_slot.append(self._slot[at[hit]])
            at = self._next[at]
            step += 1
            on = (at != END) & (left > step)
            if not on.all():
                asking, at, tag, left = asking[on], at[on], tag[on], left[on]
        if not found_key:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate(found_key), np.concatenate(found_slot).astype(np.int64)

    def keep(self, moved: NDArray[np.int32]) -> None:
        """Drop the postings whose slot is gone.

        Args:
            moved: New slot of each old one, −1 for those that are gone.
        """
        slots = moved[self._slot[: self._size]]
        kept = slots >= 0
        tags, low, slots = self._tag[: self._size][kept], self._low[: self._size][kept], slots[kept]
        self._size = 0
        self._allot(max(int(len(tags) * 1.5), 16))
        self._append((tags.astype(U64) << U64(32)) | low, slots)

    def _allot(self, entries: int) -> None:
        self._mask = U64((1 << max(int(entries - 1).bit_length(), 4)) - 1)
        self._head = np.full(int(self._mask) + 1, END, dtype=np.int32)
        self._count = np.zeros(int(self._mask) + 1, dtype=np.int32)
        self._next = np.empty(entries, dtype=np.int32)
        self._tag = np.empty(entries, dtype=np.uint32)
        self._low = np.empty(entries, dtype=np.uint32)
        self._slot = np.empty(entries, dtype=np.int32)

    def _grow(self, needed: int) -> None:
        tags, low, slots = self._tag[: self._size], self._low[: self._size], self._slot[: self._size]
        self._size = 0
        self._allot(max(needed, 2 * len(self._next)))
        self._append((tags.astype(U64) << U64(32)) | low, slots)

    def _bucket(self, keys: Keys) -> Ints:
        return ((keys >> U64(1)) & self._mask).astype(np.int64)  # the lowest bit is always set

    def _append(self, keys: Keys, slots: NDArray[np.integer]) -> None:
        count = len(keys)
        if not count:
            return
        first = self._size
        new = slice(first, first + count)
        self._tag[new] = keys >> U64(32)
        self._low[new] = keys & U64(0xFFFFFFFF)
        self._slot[new] = slots
        bucket = self._bucket(keys)
        order = np.argsort(bucket, kind="stable")
        ranked = bucket[order]
        opens = np.empty(count, dtype=bool)  # first of its bucket in this batch
        opens[0] = True
        np.not_equal(ranked[1:], ranked[:-1], out=opens[1:])
        before = np.empty(count, dtype=np.int32)
        before[1:] = order[:-1] + first
        before[opens] = self._head[ranked[opens]]
        self._next[first + order] = before
        closes = np.append(opens[1:], True)
        self._head[ranked[closes]] = order[closes] + first
        runs = np.diff(np.append(np.flatnonzero(opens), count))
        self._count[ranked[closes]] += runs.astype(np.int32)
        self._size = first + count
