"""Groups of near-duplicate texts: for grouped evaluation, so that no text is judged by its own copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from bihuan.insight.duplicates.text import MinHash, jaccard, shape_for, shingle_sets, shingles

BUCKET = 40  # larger buckets are compared along a window, not all with all
SLACK = 0.15  # estimated similarities below threshold − SLACK are not checked exactly


def near_duplicate_groups(
    texts: Sequence[str], threshold: float = 0.8, *, width: int = 3, seed: int = 1
) -> NDArray[np.int64]:
    """Group texts whose sets of character shingles are nearly equal.

    Candidates come from MinHash bands, and every link is checked by the exact Jaccard similarity; groups are the
    connected components of the links (single linkage). A pair at the threshold is found with probability ≥ .995.

    Args:
        texts: Any strings; case, width, spaces and punctuation do not count. Empty ones stay alone.
        threshold: Least Jaccard similarity of a link, 0 < threshold ≤ 1.
        width: Characters per shingle.
        seed: Of the permutations.

    Returns:
        int64, shape (texts,): group ids 0, 1, … in the order of first appearance.

    Raises:
        ValueError: the threshold is not within (0, 1].

    Source: Broder (1997), On the resemblance and containment of documents; docs/topics/duplicates.md, "Groups".
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold} is not within (0, 1]; .8 means four fifths of the shingles shared")
    found = shingles(texts, width)
    minhash = MinHash(*shape_for(threshold), seed=seed)
    signatures = minhash.signatures(found)
    left, right = _candidates(minhash.keys(signatures))
    alike = _estimate(signatures, left, right) >= threshold - SLACK
    left, right = left[alike], right[alike]
    linked = jaccard(shingle_sets(found), left, right) >= threshold
    return components(len(texts), left[linked], right[linked])


def components(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Connected components of links, numbered in the order of first appearance; int64, shape (count,)."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    links = sparse.coo_array((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    _, label = csgraph.connected_components(links, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _candidates(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (earlier, later) with an equal key in some band, each once."""
    count = keys.shape[1]
    pairs = [np.zeros(0, dtype=np.int64)]
    for band in keys:
        filled = np.flatnonzero(band)
        order = filled[np.argsort(band[filled], kind="stable")]
        for step in range(1, BUCKET + 1):
            same = band[order[step:]] == band[order[:-step]]
            if not same.any():
                break
            pairs.append(order[:-step][same] * count + order[step:][same])
    unique = np.unique(np.concatenate(pairs))
    return unique // count, unique % count


def _estimate(signatures: NDArray[np.uint32], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of equal signature entries of each pair: an unbiased estimate of the Jaccard similarity."""
    out = np.zeros(len(left))
    turned = np.ascontiguousarray(signatures.T)
    for cut in range(0, len(left), 1 << 15):
        part = slice(cut, cut + (1 << 15))
        out[part] = (turned[left[part]] == turned[right[part]]).mean(axis=1)
    return out
