"""Weights of one decision, and its calibration. Everything learnt here stays linear, so it stays explainable.

Two members score every child. Grams and words: support vector machines, one per child against its siblings, on features
scaled by the root of the absolute log-count ratio of that child (NBSVM: Wang & Manning, ACL 2012). Matters: logistic
regression. Calibration: vector scaling on out-of-fold scores (Guo et al., ICML 2017): one slope per decision and
member, one offset per child, pulled towards no offset, and a share of noise; then the confidence of the best guess
alone is set right (`fit_tone`; after Platt 1999).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

COST = 1.0
MATTER_COST = 10.0
MEMBERS = 2
SMOOTH = 1.0
PULL = 2.0  # how strongly offsets are held near zero; in texts
MOST_NOISE = 0.2
EDGE = 1e-9
ABSENT = -30.0  # offset of a child nobody was trained on

Floats = NDArray[np.float64]


def fit_node(matrix: Any, targets: NDArray[np.int64], count: int, seed: int) -> tuple[NDArray[np.float32], Floats]:
    """Weights and offsets of one decision by grams and words.

    Args:
        matrix: (texts, features), CSR.
        targets: Child number per text.
        count: Children.
        seed: Of the solver.

    Returns:
        (features, children) and (children,); a child without texts gets zeros and `ABSENT`.

    Source: Wang & Manning (2012), Baselines and bigrams, ACL; docs/adr/0101.
    """
    from sklearn.svm import LinearSVC  # only training needs it: prediction must not wait for it

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
        ratio = np.sqrt(log_ratio(np.asarray(seen[mine].sum(axis=0)).ravel(), total))
        scaled = matrix @ sparse.diags_array(ratio.astype(np.float32))
        fitted = LinearSVC(C=COST, random_state=seed).fit(_narrow(scaled), mine)
        weights[:, child] = fitted.coef_[0] * ratio
        offset[child] = fitted.intercept_[0]
    return weights, offset


def fit_matters(matrix: Any, targets: NDArray[np.int64], count: int, seed: int) -> tuple[NDArray[np.float32], Floats]:
    """Like `fit_node`, by matters; a child without texts gets zeros. Source: docs/adr/0101."""
    from sklearn.linear_model import LogisticRegression

    weights, offset = np.zeros((matrix.shape[1], count), dtype=np.float32), np.zeros(count)
    present = np.flatnonzero(np.bincount(targets, minlength=count))
    if len(present) > 1:
        fitted = LogisticRegression(C=MATTER_COST, max_iter=500, random_state=seed).fit(_narrow(matrix), targets)
        both = len(present) == 2  # then the library keeps the second child's weights alone
        weights[:, present] = (np.vstack([-fitted.coef_, fitted.coef_]) / 2 if both else fitted.coef_).T
        offset[present] = np.concatenate([-fitted.intercept_, fitted.intercept_]) / 2 if both else fitted.intercept_
    return weights, offset


def _narrow(matrix: Any) -> sparse.csr_array:
    """Same values with 32-bit indices, as scikit-learn wants them."""
    found = sparse.csr_array(matrix)
    found.indices, found.indptr = found.indices.astype(np.int32), found.indptr.astype(np.int32)
    return found


def log_ratio(inside: Floats, total: Floats) -> Floats:
    """|ln of the smoothed share of a column inside a child to its share outside|, per column.

    Source: Wang & Manning (2012), Baselines and bigrams, ACL.
    """
    within, outside = inside + SMOOTH, total - inside + SMOOTH
    return np.asarray(np.abs(np.log((within / within.sum()) / (outside / outside.sum()))))


class ScoreCalibration(NamedTuple):
    """What turns the scores of one decision into probabilities.

    Args:
        slope: (members,), factors > 0.
        offset: (children,), added.
        noise: Share of answers that follow no rule (labels that people set differently): no confidence passes it.
    """

    slope: Floats
    offset: Floats
    noise: float


def calibrate_scores(scores: Floats, targets: NDArray[np.int64]) -> ScoreCalibration:
    """Fit (1 − noise) · softmax(Σ slope · score + offset) + noise / children by likelihood.

    Args:
        scores: Out-of-fold, (members, texts, children).
        targets: Child number per text.

    Source: Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML (vector scaling).
    """
    from scipy import optimize

    members, _, count = scores.shape
    rows = np.arange(len(targets))
    held = np.maximum(scores, -5.0)  # a child absent in a fold must not dominate the fit

    def loss(point: Floats) -> tuple[float, Floats]:
        slope, noise = np.exp(point[:members]), MOST_NOISE / (1 + float(np.exp(-point[members])))
        offset = point[members + 1 :]
        logits = np.tensordot(slope, held, 1) + offset
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        own = chances[rows, targets]
        mixed = (1 - noise) * own + noise / count
        pull = PULL * (float(offset @ offset) / 2 - float(np.log(noise)) / 10)
        toward = chances.copy()
        toward[rows, targets] -= 1
        toward *= ((1 - noise) * own / mixed)[:, None]
        by_noise = float(((own - 1 / count) / mixed).sum()) - PULL / 10 / noise
        by_slope = [float((toward * each).sum()) * factor for each, factor in zip(held, slope, strict=True)]
        gradient = [*by_slope, by_noise * noise * (1 - noise / MOST_NOISE)]
        return -float(np.log(mixed).sum()) + pull, np.concatenate([gradient, toward.sum(axis=0) + PULL * offset])

    begin = np.concatenate([[0.5], np.full(members - 1, -1.0), [-2.0], np.zeros(count)])
    bounds = [(-3, 4)] * members + [(-8, 8)] * (count + 1)
    found = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds)
    noise = MOST_NOISE / (1 + np.exp(-found.x[members]))
    return ScoreCalibration(np.exp(found.x[:members]), np.asarray(found.x[members + 1 :]), float(noise))


class Tone(NamedTuple):
    """Sets the best guess's confidence right: its log-odds times `factor` (0 to 1) plus `more` (0 or above).

    Where labels contradict one another, sure answers are too sure and unsure ones too unsure, which no temperature
    mends. Within these bounds the order of confidences and the best guess stay what they were.
    """

    factor: float = 1.0
    more: float = 0.0

    def set(self, chances: Floats) -> Floats:
        """(texts, labels), rows summing to 1: the best raised or lowered, the others sharing the rest as before.

        Source: Platt (1999), Advances in Large Margin Classifiers, on the best guess alone.
        """
        rows, best = np.arange(len(chances)), chances.argmax(axis=1)
        before = np.clip(chances[rows, best], EDGE, 1 - EDGE)
        after = 1 / (1 + np.exp(-(self.factor * _odds(before) + self.more)))
        found = chances * ((1 - after) / (1 - before))[:, None]
        found[rows, best] = after
        return np.asarray(found / found.sum(axis=1, keepdims=True))


AS_IT_IS = Tone()


def _odds(chance: Floats) -> Floats:
    return np.asarray(np.log(chance / (1 - chance)))


def fit_tone(confidence: Floats, right: NDArray[np.bool_]) -> Tone:
    """By likelihood, from out-of-fold confidences of best guesses and whether they were right.

    Source: Platt (1999), Advances in Large Margin Classifiers.
    """
    from scipy import optimize

    odds = _odds(np.clip(confidence, EDGE, 1 - EDGE))
    side = np.where(right, 1.0, -1.0)

    def loss(point: Floats) -> float:
        return float(np.logaddexp(0.0, -side * (point[0] * odds + point[1])).sum())

    found = optimize.minimize(loss, [0.8, 0.1], method="L-BFGS-B", bounds=[(0.05, 1), (0, 3)])
    return Tone(float(found.x[0]), float(found.x[1]))
