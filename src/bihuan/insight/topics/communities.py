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
from bihuan.insight.topics.pairs import Pairs, candidates, features
from bihuan.insight.topics.vectors import Vectors

RESOLUTION = 0.35
FLOOR = 0.1
"""Pairs less likely than this are no edge."""
JOIN = 0.9
"""Fragments are joined only when their mean likeness leaves little doubt: a wrong join costs two topics."""
ROUNDS = 8


def communities(rows: Vectors, model: PairModel, seed: int, resolution: float = RESOLUTION) -> NDArray[np.int64]:
    """A topic number for each row; rows alone have a number of their own.

    Args:
        rows: One per text, in the order of time.
        model: The pair model.
        seed: Of the search; the same seed gives the same topics.
        resolution: The average probability a topic's pairs must exceed, 0 … 1.
    """
    pairs = candidates(rows)
    labels = potts(pairs, model.probability(features(rows, pairs)), len(rows), seed, resolution)
    return _joined(rows, labels, model)


def potts(pairs: Pairs, chance: NDArray[np.float64], size: int, seed: int, resolution: float) -> NDArray[np.int64]:
    """Louvain under the constant Potts model on the pairs likelier than FLOOR; one label per row."""
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


def _joined(rows: Vectors, labels: NDArray[np.int64], model: PairModel) -> NDArray[np.int64]:
    """Join fragments: a topic with more members than a text has neighbours comes out of the graph in pieces."""
    for _ in range(ROUNDS):
        _, labels = np.unique(labels, return_inverse=True)
        size = np.bincount(labels)
        if not (size > 1).any():
            break
        # Only groups take part: a text alone was already weighed against each of its neighbours.
        rank = np.cumsum(size > 1) - 1
        inside = np.flatnonzero(size[labels] > 1)
        groups = _rows(rows, inside).grouped(rank[labels[inside]])
        pairs = candidates(groups, neighbours=10)
        chance = model.probability(features(groups, pairs))
        parent = _best_friends(pairs, chance, len(groups))
        if (parent == np.arange(len(groups))).all():
            break
        whole = np.flatnonzero(size > 1)
        target = np.arange(len(size))
        target[whole] = whole[parent]
        labels = target[labels]
    _, labels = np.unique(labels, return_inverse=True)
    return labels.astype(np.int64)


def _rows(rows: Vectors, which: NDArray[np.int64]) -> Vectors:
    from dataclasses import fields

    return Vectors(**{f.name: getattr(rows, f.name)[which] for f in fields(rows)})


def _best_friends(pairs: Pairs, chance: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Who each group is joined to: pairs that are each other's best and likelier than JOIN."""
    best = np.zeros(size)
    np.maximum.at(best, pairs.first, chance)
    np.maximum.at(best, pairs.second, chance)
    mutual = (chance > JOIN) & (chance >= best[pairs.first]) & (chance >= best[pairs.second])
    parent, taken = np.arange(size), np.zeros(size, dtype=bool)
    for first, second in zip(pairs.first[mutual], pairs.second[mutual], strict=True):
        if not taken[first] and not taken[second]:
            parent[second] = first
            taken[first] = taken[second] = True
    return parent
