"""How firmly a run of characters holds together in the file at hand.

A name recurs with different neighbours; a piece of a name always meets the same one. Counting every run of 2–12
characters once, by hash, gives for each candidate how often it occurs and what share of its occurrences continues as
here on the left and on the right (the branching idea of Harris 1955; as accessor variety, Feng et al. 2004).
Counts live only as long as one call: nothing of a file is kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LONGEST = 13  # characters of the longest run counted; a candidate of 12 needs its neighbours
BITS = 22  # at most 4 million counters per length; a clash makes a rare run look a little less rare
ROOM = 64  # counters per character: a short batch gets short tables, since filling long ones would take 0.2 s
MOST_CHARACTERS = 2_000_000  # of a longer file an even sample is counted
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # Knuth's golden-ratio multiplier
BASE = np.uint64(0x100000001B3)
BREAK = ord("\n")
Hashes = NDArray[np.uint64]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _rolling(codes: NDArray[np.uint32]) -> Iterable[Hashes]:
    """For each length 1, 2, …: the hash of the run of that length beginning at every character."""
    wide = codes.astype(np.uint64)
    hashed = wide + np.uint64(1)
    for size in range(1, LONGEST + 1):
        yield hashed
        if len(hashed) <= 1:
            return
        hashed = hashed[:-1] * BASE + wide[size:]


def _slots(hashed: Hashes, bits: int) -> NDArray[np.int64]:
    slots: NDArray[np.int64] = ((hashed * FACTOR) >> np.uint64(64 - bits)).astype(np.int64)
    return slots


class Repeats:
    """Counts of the runs of characters of one file.

    Args:
        texts: Folded texts without line breaks.
    """

    def __init__(self, texts: list[str]) -> None:
        total = sum(map(len, texts))
        step = max(1, -(-total // MOST_CHARACTERS))
        codes = _codes("\n" + "\n".join(texts[::step]) + "\n")
        breaks = np.flatnonzero(codes == BREAK)
        room = np.append(breaks, len(codes))[np.searchsorted(breaks, np.arange(len(codes)))] - np.arange(len(codes))
        self._bits = min(BITS, (ROOM * len(codes)).bit_length())
        self._tables: list[NDArray[np.uint16]] = []
        for size, hashed in enumerate(_rolling(codes), start=1):
            counted = np.bincount(_slots(hashed[room[: len(hashed)] >= size], self._bits), minlength=1 << self._bits)
            self._tables.append(np.minimum(counted, 65_535).astype(np.uint16))

    def features(self, joined: str, starts: NDArray[np.int32], sizes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Count and bindings of runs of `joined`, which begins and ends with a line break.

        Returns:
            runs × 3: bucket of the count (0 = once or too long, 1 = 2, 2 = 3–4, 3 = 5–8, 4 = more), of the share that
            continues on the left as here (0 ≤ ¼, 1 ≤ ½, 2 ≤ 0.85, 3 more), and of the same on the right.

        Source: Harris (1955), Language 31:190; Feng, Chen, Deng & Zheng (2004), Computational Linguistics 30:75.
        """
        tables, bits, sizes = self._tables, self._bits, sizes.astype(np.int64)
        hashes = list(_rolling(_codes(joined)))
        counts = np.ones((len(starts), 3), dtype=np.float32)
        for size in range(1, min(len(tables), len(hashes))):
            chosen = np.flatnonzero(sizes == size)
            at = starts[chosen]
            counts[chosen, 0] = tables[size - 1][_slots(hashes[size - 1][at], bits)]
            counts[chosen, 1] = tables[size][_slots(hashes[size][at - 1], bits)]
            counts[chosen, 2] = tables[size][_slots(hashes[size][np.minimum(at, len(hashes[size]) - 1)], bits)]
        own = np.maximum(counts[:, 0], 1)
        found = np.empty((len(starts), 3), dtype=np.int32)
        found[:, 0] = np.digitize(own, (1.5, 2.5, 4.5, 8.5))
        for side in (1, 2):
            found[:, side] = np.digitize(counts[:, side] / own, (0.25, 0.5, 0.85))
        return found
