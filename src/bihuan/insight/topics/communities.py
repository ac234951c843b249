"""From pairs to topics: Louvain under the constant Potts model, then fragments joined by their mean likeness.

Potts (Traag, Van Dooren, Nesterov 2011) maximises the sum over pairs inside a topic of (probability − RESOLUTION): a
text joins where, on average over all members, it is more likely than RESOLUTION to belong. Unlike modularity it has no
scale below which topics drown. scikit-network (BSD) does the search.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bihuan.insight.topics.model import PairModel
from bihuan.insight.topics.pairs import TextPairs, measure_crowding, measure_pairs, propose_pairs
from bihuan.insight.topics.vectors import Vectors

RESOLUTION = 0.35
FLOOR = 0.1
"""Pairs less likely than this are no edge."""
JOIN = 0.5
"""Fragments are joined when their mean likeness over drawn pairs is above this."""
LARGE = 12
"""From this size on a topic may have more pairs than were proposed, and come out of the graph in pieces."""
DRAWN = 24
ROUNDS = 8


def find_communities(rows: Vectors, model: PairModel, seed: int, resolution: float = RESOLUTION) -> NDArray[np.int64]:
    """A topic number for each row; rows alone have a number of their own.

    Args:
        rows: One per text, in the order of time.
        model: The pair model.
        seed: Of the search; the same seed gives the same topics.
        resolution: The average probability a topic's pairs must exceed, 0 … 1.

    Source: docs/topics/topics.md, "How a topic is found" (4); docs/adr/0104.
    """
    pairs = propose_pairs(rows)
    crowd = measure_crowding(rows, pairs)
    chance = model.probability(measure_pairs(rows, pairs, crowd))
    labels = potts_labels(pairs, chance, len(rows), seed, resolution)
    return join_fragments(rows, labels, pairs, chance, crowd, model, seed)


def potts_labels(
    pairs: TextPairs, chance: NDArray[np.float64], size: int, seed: int, resolution: float
) -> NDArray[np.int64]:
    """Louvain under the constant Potts model on the pairs likelier than FLOOR; one label per row.

    Source: Traag, Van Dooren & Nesterov (2011), Physical Review E 84:016114; Louvain: Blondel et al. (2008).
    """
    from sknetwork.clustering import Louvain

    sure = chance >= FLOOR
    if not sure.any():
        return np.arange(size)
    half = sp.coo_matrix((chance[sure], (pairs.first[sure], pairs.second[sure])), shape=(size, size))
    graph = sp.csr_matrix(half + half.T)
    # scikit-network divides weights by their sum and the penalty by size²: this undoes both.
    scaled = resolution * size * size / float(graph.sum())
    search = Louvain(
        modularity="potts", resolution=scaled, tol_optimization=1e-9, tol_aggregation=1e-9, random_state=seed
    )
    labels: NDArray[np.int64] = np.asarray(search.fit_predict(graph), dtype=np.int64)
    return labels


def join_fragments(
    rows: Vectors,
    labels: NDArray[np.int64],
    pairs: TextPairs,
    chance: NDArray[np.float64],
    crowd: NDArray[np.float64],
    model: PairModel,
    seed: int,
) -> NDArray[np.int64]:
    """Join the fragments of large topics: the mean over pairs drawn from two fragments stands for all their pairs.

    Source: docs/adr/0104 (fragments joined by drawn pairs).
    """
    sure = chance >= JOIN
    first, second = pairs.first[sure], pairs.second[sure]
    draw = np.random.default_rng(seed)
    _, labels = np.unique(labels, return_inverse=True)
    fresh = np.ones(int(labels.max(initial=0)) + 1, dtype=bool)  # what did not change is not judged again
    for _ in range(ROUNDS):
        size = np.bincount(labels)
        a, b = labels[first], labels[second]
        large = (a != b) & (size[a] + size[b] >= LARGE) & (fresh[a] | fresh[b])
        keys = np.unique(np.minimum(a, b)[large] * len(size) + np.maximum(a, b)[large])
        if not len(keys):
            break
        groups = TextPairs(keys // len(size), keys % len(size))
        parent = _best_friends(groups, _mean_chance(rows, labels, groups, crowd, model, draw), len(size))
        if (parent == np.arange(len(size))).all():
            break
        kept, labels = np.unique(parent[labels], return_inverse=True)
        fresh = np.bincount(parent, minlength=len(size))[kept] > 1
    return labels.astype(np.int64)


def _mean_chance(
    rows: Vectors,
    labels: NDArray[np.int64],
    groups: TextPairs,
    crowd: NDArray[np.float64],
    model: PairModel,
    draw: np.random.Generator,
) -> NDArray[np.float64]:
    """Mean probability over DRAWN pairs of texts, one of each group."""
    order = np.argsort(labels, kind="stable")
    size = np.bincount(labels)
    start = np.cumsum(size) - size
    sides = [
        order[
            np.repeat(start[side], DRAWN) + (draw.random(len(side) * DRAWN) * np.repeat(size[side], DRAWN)).astype(int)
        ]
        for side in groups
    ]
    chance = model.probability(measure_pairs(rows, TextPairs(*sides), crowd))
    mean: NDArray[np.float64] = chance.reshape(-1, DRAWN).mean(axis=1)
    return mean


def _best_friends(pairs: TextPairs, chance: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Who each group is joined to, likeliest pairs first: who has moved, or taken others in, does not move again."""
    parent, moved, taken = np.arange(size), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    order = np.lexsort((pairs.second, pairs.first, -chance))
    for place in order[chance[order] > JOIN].tolist():
        first, second = int(pairs.first[place]), int(pairs.second[place])
        if moved[first] or moved[second] or (taken[first] and taken[second]):
            continue
        host, guest = (second, first) if taken[second] else (first, second)
        parent[guest], moved[guest], taken[host] = host, True, True
    return parent
