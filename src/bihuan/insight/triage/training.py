"""From labelled texts to a calibrated model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bihuan.insight.triage.features import fit_space, stack
from bihuan.insight.triage.model import Model
from bihuan.insight.triage.tree import ROOT, Tree

ACCURACY = 0.975


def train(texts: Sequence[str], labels: Sequence[str], *, accuracy: float = ACCURACY, seed: int = 0) -> Model:
    """Train on labelled texts.

    Args:
        texts: One per report.
        labels: Plain names, dotted codes or `A/B/C` paths, one per text.
        accuracy: What the decided ones should reach on unseen texts.
        seed: For folds and solvers.

    Raises:
        ValueError: fewer than two different labels.
    """
    tree = Tree.of(labels)
    if len(tree.labels) < 2:
        raise ValueError("two or more different labels are needed")
    space = fit_space(texts)
    matrix = stack(space, texts)
    weights = np.zeros((space.width, len(tree.columns)), dtype=np.float32)
    bias = np.zeros(len(tree.columns))
    for node, part in tree.slices.items():
        rows, targets = _members(tree, labels, node)
        fitted = LogisticRegression(C=30.0, max_iter=300, random_state=seed).fit(matrix[rows], targets)
        coefficients, offset = fitted.coef_, fitted.intercept_
        if len(fitted.classes_) == 2:
            coefficients, offset = np.vstack([-coefficients, coefficients]) / 2, np.array([-offset[0], offset[0]]) / 2
        weights[:, part] = coefficients.T
        bias[part] = offset
    return Model(space, tree, weights, bias, np.ones(len(tree.columns)), 0.9, accuracy)


def _members(tree: Tree, labels: Sequence[str], node: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which texts pass through a node, and which child (by its index) each goes to."""
    children = {child: number for number, child in enumerate(tree.children[node])}
    rows, targets = [], []
    for number, label in enumerate(labels):
        path = [ROOT, *tree.paths[label]]
        if node in path[:-1]:
            rows.append(number)
            targets.append(children[path[path.index(node) + 1]])
    return np.array(rows), np.array(targets)
