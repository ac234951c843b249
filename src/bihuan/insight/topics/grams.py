"""Hashed character n-grams of many texts at once, in NumPy: no Python loop over characters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

BITS = 21
"""Buckets are 2^21: at 300,000 distinct n-grams one in fourteen shares its bucket, which only blurs a weight."""
PRIME = np.uint64(0x9E3779B97F4A7C15)
BATCH = 20_000


def gram_counts(
    texts: Sequence[str], sizes: Sequence[int], cut: int = 450, only: NDArray[np.int64] | None = None
) -> sp.csr_matrix:
    """How often each n-gram occurs in each text.

    Args:
        texts: The texts; n-grams do not cross what is neither letter nor digit.
        sizes: Lengths of the n-grams in characters.
        cut: Characters read of each text.
        only: Buckets to count; None for all.

    Returns:
        float32, shape (texts, 2^BITS).

    Source: Weinberger et al. (2009), Feature hashing for large scale multitask learning.
    """
    wanted = None
    if only is not None:
        wanted = np.zeros(1 << BITS, dtype=bool)
        wanted[only] = True
    parts = [_batch(texts[k : k + BATCH], sizes, cut, wanted) for k in range(0, len(texts), BATCH)]
    return sp.vstack(parts, format="csr") if parts else sp.csr_matrix((0, 1 << BITS), dtype=np.float32)


def _batch(texts: Sequence[str], sizes: Sequence[int], cut: int, wanted: NDArray[np.bool_] | None) -> sp.csr_matrix:
    cuts = [text[:cut].lower() for text in texts]
    codes = np.frombuffer("\n".join([*cuts, ""]).encode("utf-32-le", "replace"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(cuts), dtype=np.int64), [len(text) + 1 for text in cuts])
    seen, place = np.unique(codes, return_inverse=True)
    word = np.array([chr(code).isalnum() for code in seen], dtype=bool)[place]
    keys = [_keys(codes, owner, word, size) for size in sizes]
    both = np.concatenate(keys) if keys else np.empty(0, dtype=np.int64)
    if wanted is not None:
        both = both[wanted[both & ((1 << BITS) - 1)]]
    unique, count = np.unique(both, return_counts=True)
    rows, columns = unique >> BITS, unique & ((1 << BITS) - 1)
    shape = (len(cuts), 1 << BITS)
    return sp.csr_matrix((count.astype(np.float32), (rows, columns)), shape=shape)


def _keys(codes: NDArray[np.uint32], owner: NDArray[np.int64], word: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """(text << BITS) + bucket of every n-gram of one size."""
    if len(codes) < size:
        return np.empty(0, dtype=np.int64)
    last = len(codes) - size + 1
    mixed = np.full(last, size, dtype=np.uint64)
    whole = np.ones(last, dtype=bool)
    for k in range(size):
        mixed = (mixed ^ codes[k : k + last].astype(np.uint64)) * PRIME
        mixed ^= mixed >> np.uint64(29)
        whole &= word[k : k + last]
    bucket = (mixed[whole] >> np.uint64(64 - BITS)).astype(np.int64)
    keys: NDArray[np.int64] = (owner[:last][whole] << BITS) + bucket
    return keys
