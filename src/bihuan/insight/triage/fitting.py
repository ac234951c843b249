"""Weights of one decision, and its calibration. Everything learnt here stays linear, so it stays explainable.

Weights: support vector machines, one per child against its siblings, on features scaled by the absolute log-count ratio
of that child (NBSVM: Wang & Manning, ACL 2012). Calibration: vector scaling on out-of-fold scores (Guo et al., ICML
2017): one slope per decision and one offset per child, pulled towards no offset, and a share of noise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from sklearn.svm import LinearSVC

COST = 1.0
SMOOTH = 1.0
PULL = 2.0  # how strongly offsets are held near zero; in texts
MOST_NOISE = 0.2
ABSENT = -30.0  # offset of a child nobody was trained on

Floats = NDArray[np.float64]


def fit_node(matrix: Any, targets: NDArray[np.int64], count: int, seed: int) -> tuple[NDArray[np.float32], Floats]:
    """Weights and offsets of one decision.

    Args:
        matrix: (texts, features), CSR.
        targets: Child number per text.
        count: Children.
        seed: Of the solver.

    Returns:
        (features, children) and (children,); a child without texts gets zeros and `ABSENT`.
    """
    weights = np.zeros((matrix.shape[1], count), dtype=np.float32)
    offset = np.full(count, ABSENT)
    present = np.flatnonzero(np.bincount(targets, minlength=count))
    if len(present) == 1:
        offset[present] = 0.0
        return weights, offset
    seen = matrix.copy()
    seen.data = np.ones_like(seen.data)
    total = np.asarray(seen.sum(axis=0)).ravel()
    for child in present:
        mine = targets == child
        ratio = log_ratio(np.asarray(seen[mine].sum(axis=0)).ravel(), total)
        scaled = matrix @ sparse.diags_array(ratio.astype(np.float32))
        fitted = LinearSVC(C=COST, random_state=seed).fit(_narrow(scaled), mine)
        weights[:, child] = fitted.coef_[0] * ratio
        offset[child] = fitted.intercept_[0]
    return weights, offset


def _narrow(matrix: Any) -> sparse.csr_array:
    """Same values with 32-bit indices, as scikit-learn wants them."""
    found = sparse.csr_array(matrix)
    found.indices, found.indptr = found.indices.astype(np.int32), found.indptr.astype(np.int32)
    return found


def log_ratio(inside: Floats, total: Floats) -> Floats:
    """|ln of the smoothed share of a column inside a child to its share outside|, per column."""
    within, outside = inside + SMOOTH, total - inside + SMOOTH
    return np.asarray(np.abs(np.log((within / within.sum()) / (outside / outside.sum()))))


class Calibration(NamedTuple):
    """What turns the scores of one decision into probabilities.

    Args:
        slope: Factor, > 0.
        offset: (children,), added.
        noise: Share of answers that follow no rule (labels that people set differently): no confidence passes it.
    """

    slope: float
    offset: Floats
    noise: float


def calibrate(scores: Floats, targets: NDArray[np.int64]) -> Calibration:
    """Fit (1 − noise) · softmax(slope · score + offset) + noise / children by likelihood.

    Args:
        scores: Out-of-fold, (texts, children).
        targets: Child number per text.
    """
    count = scores.shape[1]
    rows = np.arange(len(targets))
    held = np.maximum(scores, -5.0)  # a child absent in a fold must not dominate the fit

    def loss(point: Floats) -> tuple[float, Floats]:
        slope, noise, offset = np.exp(point[0]), MOST_NOISE / (1 + np.exp(-point[1])), point[2:]
        logits = slope * held + offset
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        own = chances[rows, targets]
        mixed = (1 - noise) * own + noise / count
        pull = PULL * (float(offset @ offset) / 2 - np.log(noise) / 10)
        toward = chances.copy()
        toward[rows, targets] -= 1
        toward *= ((1 - noise) * own / mixed)[:, None]
        by_noise = float(((own - 1 / count) / mixed).sum()) - PULL / 10 / noise
        gradient = [float((toward * held).sum()) * slope, by_noise * noise * (1 - noise / MOST_NOISE)]
        return -float(np.log(mixed).sum()) + pull, np.concatenate([gradient, toward.sum(axis=0) + PULL * offset])

    begin = np.concatenate([[0.5, -2.0], np.zeros(count)])
    found = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=[(-3, 4), (-8, 8)] + [(-8, 8)] * count)
    noise = MOST_NOISE / (1 + np.exp(-found.x[1]))
    return Calibration(float(np.exp(found.x[0])), np.asarray(found.x[2:]), float(noise))
