"""A hash table of postings that grows in batches and is read newest first.

Every posting (key → slot) is one entry; entries of one bucket form a chain from the newest to the oldest. Adding and
looking up thousands of keys are a few NumPy passes each. Memory: 16 bytes per entry and 8 per bucket. What is read of
an entry stands together, so that a step along a chain costs one miss of the processor's cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import NO_KEY, Ints, Keys
from bihuan.insight.duplicates.text import U64

END = -1
TAG, LOW, SLOT, NEXT = range(4)  # columns of an entry: the key's upper and lower half, its report, the entry before
PART = 1 << 20  # entries filed again at once
HEAD, COUNT = range(2)  # columns of a bucket: its newest entry, and how many it has


class PostingChains:
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
        return self._buckets.nbytes + self._entries.nbytes

    def add(self, keys: Keys, slots: NDArray[np.integer]) -> None:
        """Append postings; those with key 0 are left out. Later ones of a batch count as newer.

        Source: docs/adr/0103 (one hash table of postings).
        """
        kept = keys != NO_KEY
        keys, slots = keys[kept], slots[kept]
        if self._size + len(keys) > len(self._entries):
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

        Source: docs/adr/0103 (chained newest first).
        """
        asking = np.flatnonzero(keys != NO_KEY)
        bucket = np.take(self._buckets, self._bucket(keys[asking]), axis=0)
        at, count = bucket[:, HEAD], bucket[:, COUNT]
        open_ = (at != END) & (count <= hot[asking])
        asking, at = asking[open_], at[open_]
        tag, left = (keys[asking] >> U64(32)).astype(np.uint32).view(np.int32), limit[asking]
        found_key, found_slot, step = [], [], 0
        while len(asking):
            entry = np.take(self._entries, at, axis=0)
            hit = entry[:, TAG] == tag
            found_key.append(asking[hit])
            found_slot.append(entry[hit, SLOT])
            at = entry[:, NEXT]
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
        entries = self._entries[: self._size]
        slots = moved[entries[:, SLOT]]
        kept = slots >= 0
        self._rebuild(entries[kept], slots[kept], max(int(kept.sum() * 1.5), 16))

    def _allot(self, entries: int) -> None:
        self._mask = U64((1 << max(int(entries - 1).bit_length(), 4)) - 1)
        self._buckets = np.zeros((int(self._mask) + 1, 2), dtype=np.int32)
        self._buckets[:, HEAD] = END
        self._entries = np.empty((entries, 4), dtype=np.int32)

    def _grow(self, needed: int) -> None:
        entries = self._entries[: self._size]
        self._rebuild(entries, entries[:, SLOT], max(needed, 2 * len(self._entries)))

    def _rebuild(self, entries: NDArray[np.int32], slots: NDArray[np.int32], room: int) -> None:
        """File old entries again, in a table with room for so many; a part at a time, to bound the memory."""
        self._size = 0
        self._allot(room)
        for cut in range(0, len(entries), PART):
            halves = entries[cut : cut + PART].view(np.uint32)
            keys = (halves[:, TAG].astype(U64) << U64(32)) | halves[:, LOW]
            self._append(keys, slots[cut : cut + PART])

    def _bucket(self, keys: Keys) -> Ints:
        return ((keys >> U64(1)) & self._mask).astype(np.int64)  # the lowest bit is always set

    def _append(self, keys: Keys, slots: NDArray[np.integer]) -> None:
        count = len(keys)
        if not count:
            return
        first = self._size
        new = slice(first, first + count)
        halves = self._entries[new].view(np.uint32)
        halves[:, TAG] = keys >> U64(32)
        halves[:, LOW] = keys & U64(0xFFFFFFFF)
        self._entries[new, SLOT] = slots
        bucket = self._bucket(keys)
        order = np.argsort(bucket, kind="stable")
        ranked = bucket[order]
        opens = np.empty(count, dtype=bool)  # first of its bucket in this batch
        opens[0] = True
        np.not_equal(ranked[1:], ranked[:-1], out=opens[1:])
        before = np.empty(count, dtype=np.int32)
        before[1:] = order[:-1] + first
        before[opens] = self._buckets[ranked[opens], HEAD]
        self._entries[first + order, NEXT] = before
        closes = np.append(opens[1:], True)
        self._buckets[ranked[closes], HEAD] = order[closes] + first
        runs = np.diff(np.append(np.flatnonzero(opens), count))
        self._buckets[ranked[closes], COUNT] += runs.astype(np.int32)
        self._size = first + count
