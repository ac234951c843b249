"""Small boosted trees, read from LightGBM's own text and evaluated in NumPy: nothing to load, the same numbers.

Every split strikes out the leaves that a value cannot reach; what is left of a tree's leaves is one bit (after
QuickScorer, Lucchese et al. 2015). A value's place among a feature's thresholds is looked up once for all trees.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import Floats

PART = 512  # rows evaluated at once: their leaves stay in the processor's cache
MOST_LEAVES = 64
LEFT, NAN = 2, 8  # bits of a decision: the missing goes left; NaN is missing (else it counts as 0)
KINDS = (0, LEFT, NAN, LEFT | NAN)  # a categorical split, or one where 0 is missing, is another


class _Tree(NamedTuple):
    feature: list[int]
    threshold: list[float]
    decision: list[int]
    left: list[int]
    right: list[int]
    leaf: list[float]


class Forest:
    """Trees over numeric features.

    Args:
        text: What LightGBM's `model_to_string` gives.

    Raises:
        ValueError: the text holds no trees, or trees with other than plain numeric splits of at most 64 leaves.
    """

    def __init__(self, text: str) -> None:
        trees = _parse(text)
        width = max(len(tree.leaf) for tree in trees)
        kind = next(k for k in (np.uint8, np.uint16, np.uint32, np.uint64) if np.iinfo(k).bits >= width)
        self._features = sorted({f for tree in trees for f in tree.feature})
        self._cuts = {
            f: np.unique([t for tree in trees for g, t in zip(tree.feature, tree.threshold, strict=True) if g == f])
            for f in self._features
        }
        every = np.array([(1 << len(tree.leaf)) - 1 for tree in trees], dtype=np.uint64)
        reach = {f: np.tile(every, (len(cuts) + 2, 1)) for f, cuts in self._cuts.items()}
        for number, tree in enumerate(trees):
            self._strike(reach, number, tree)
        self._reach = {f: table.astype(kind) for f, table in reach.items()}
        self._every = every.astype(kind)
        self._values = np.zeros((len(trees), width))
        for number, tree in enumerate(trees):
            self._values[number, : len(tree.leaf)] = tree.leaf
        self._first = np.arange(len(trees)) * width

    def scores(self, features: Floats) -> Floats:
        """Sum of the trees, shape (n,); features of shape (n, features), NaN where missing.

        Source: Lucchese et al. (2015), QuickScorer, SIGIR; the trees are LightGBM's, Ke et al. (2017).
        """
        out = np.empty(len(features))
        for cut in range(0, len(features), PART):
            rows = features[cut : cut + PART]
            left = np.tile(self._every, (len(rows), 1))
            for f in self._features:
                column, cuts = rows[:, f], self._cuts[f]
                place = np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column))
                left &= np.take(self._reach[f], place, axis=0)
            leaf = self._first + np.bitwise_count(left - left.dtype.type(1))
            out[cut : cut + PART] = np.take(self._values.ravel(), leaf).sum(axis=1)
        return out

    def _strike(self, reach: dict[int, NDArray[np.uint64]], number: int, tree: _Tree) -> None:
        """Strike out of every row of the tables the leaves of a tree that its values cannot reach."""
        for node, feature in enumerate(tree.feature):
            threshold, decision = tree.threshold[node], tree.decision[node]
            on_left, on_right = (np.uint64(_leaves(tree, side[node])) for side in (tree.left, tree.right))
            table, cuts = reach[feature][:, number], self._cuts[feature]
            at = int(np.searchsorted(cuts, threshold))
            table[: at + 1] &= ~on_right
            table[at + 1 : len(cuts) + 1] &= ~on_left
            missing_left = bool(decision & LEFT) if decision & NAN else threshold >= 0
            table[-1] &= ~on_right if missing_left else ~on_left


def _leaves(tree: _Tree, child: int) -> int:
    """Bits of the leaves under a child; leaf i is written −1 − i."""
    if child < 0:
        return 1 << (-1 - child)
    return _leaves(tree, tree.left[child]) | _leaves(tree, tree.right[child])


def _parse(text: str) -> list[_Tree]:
    trees = [_tree(block) for block in text.split("\nTree=")[1:]]
    if not trees:
        raise ValueError("there are no trees in the text; give what LightGBM's model_to_string wrote")
    return trees


def _tree(block: str) -> _Tree:
    cells = dict(line.split("=", 1) for line in block.split("\n\n")[0].splitlines()[1:] if "=" in line)

    def numbers(name: str) -> list[str]:
        return cells.get(name, "").split()

    tree = _Tree(
        [int(n) for n in numbers("split_feature")],
        [float(n) for n in numbers("threshold")],
        [int(n) for n in numbers("decision_type")],
        [int(n) for n in numbers("left_child")],
        [int(n) for n in numbers("right_child")],
        [float(n) for n in numbers("leaf_value")],
    )
    plain = cells.get("num_cat") == "0" and cells.get("is_linear", "0") == "0" and set(tree.decision) <= set(KINDS)
    if not plain or not 0 < len(tree.leaf) <= MOST_LEAVES or len(tree.feature) != len(tree.leaf) - 1:
        raise ValueError("a tree has categorical, linear or too many leaves; train with plain numeric splits")
    return tree
