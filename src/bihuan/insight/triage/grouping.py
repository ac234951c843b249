"""Texts that say nearly the same belong to one group: no fold may train on one and be judged on another.

Often more than a tenth of the rows of a complaint set are near-duplicates; random folds flatter every method.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.triage.text import normalise

SHINGLE = 5  # letters
HASHES = 64
BAND = 2  # hashes per band: 32 bands find a pair of Jaccard .3 with 95 %
SAME = 0.3  # shared share of the smaller text's shingles from which on two texts are one
MARKS = re.compile(r"[\W_]+")
PRIME = np.uint64((1 << 61) - 1)


def groups(texts: Sequence[str], seed: int = 0) -> NDArray[np.int64]:
    """A group number per text; near-duplicates share one.

    MinHash bands find the candidates (Broder 1997), the true shingles decide: the share of the smaller set.

    Args:
        texts: Any number.
        seed: Of the hash functions.
    """
    sets = [_shingles(text) for text in texts]
    parent = np.arange(len(texts))

    def find(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = int(parent[number])
        return number

    for band in _bands(sets, seed).T:
        order = np.argsort(band, kind="stable")
        for first, second in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
            if band[first] == band[second] and find(first) != find(second) and _same(sets[first], sets[second]):
                parent[find(second)] = find(first)
    return np.array([find(number) for number in range(len(texts))], dtype=np.int64)


def _shingles(text: str) -> NDArray[np.uint64]:
    """Sorted hashes of the text's letter shingles; a short text is one shingle."""
    code = np.frombuffer(MARKS.sub("", normalise(text)).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    width = min(SHINGLE, max(1, len(code)))
    if not len(code):
        return np.zeros(0, np.uint64)
    mixed = np.zeros(len(code) - width + 1, np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(width):
            mixed = mixed * np.uint64(0x100000001B3) ^ code[offset : offset + len(mixed)]
            mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def _bands(sets: Sequence[NDArray[np.uint64]], seed: int) -> NDArray[np.uint64]:
    """Hashed bands of the MinHash signatures: (texts, bands). Texts without letters never meet."""
    random = np.random.default_rng(seed)
    factor = random.integers(1, 1 << 63, HASHES, dtype=np.uint64) | np.uint64(1)
    shift = random.integers(0, 1 << 63, HASHES, dtype=np.uint64)
    signature = np.empty((len(sets), HASHES), np.uint64)
    for number, some in enumerate(sets):
        if len(some):
            signature[number] = (some[:, None] * factor + shift).min(axis=0)
        else:
            signature[number] = np.uint64(number)
    pairs = signature.reshape(len(sets), HASHES // BAND, BAND)
    return np.asarray((pairs * np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)).sum(axis=2))


def _same(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> bool:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared >= SAME * max(1, min(len(first), len(second)))
