"""Figures about predictions: macro-F1, calibration error, accuracy against coverage, McNemar's test. Pure NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 15


class Coverage(NamedTuple):
    """How much may be decided without a person.

    Args:
        threshold: Confidence from which on a text is decided.
        coverage: Share decided.
        accuracy: Of the decided ones.
    """

    threshold: float
    coverage: float
    accuracy: float


def macro_f1(truth: NDArray[Any], guess: NDArray[Any]) -> float:
    """Unweighted mean of F1 over the labels that occur in `truth` or `guess`.

    Source: Sokolova & Lapalme (2009), Information Processing & Management 45:427.
    """
    found = []
    for label in np.union1d(truth, guess):
        right = np.sum((truth == label) & (guess == label))
        found.append(2 * right / max(1, np.sum(truth == label) + np.sum(guess == label)))
    return float(np.mean(found)) if found else 0.0


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], *, equal_mass: bool = True) -> float:
    """Expected calibration error in 15 bins: mean |accuracy − mean confidence| weighted by size (Naeini et al. 2015).

    Args:
        confidence: Of the answers, 0 to 1.
        right: Whether each answer was right.
        equal_mass: Bins with equally many texts; else of equal width.
    """
    if not len(confidence):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    if equal_mass:
        parts = np.array_split(order, BINS)
    else:
        cell = np.minimum((confidence * BINS).astype(int), BINS - 1)
        parts = [np.flatnonzero(cell == number) for number in range(BINS)]
    gaps = [len(p) * abs(float(np.mean(right[p])) - float(np.mean(confidence[p]))) for p in parts if len(p)]
    return float(sum(gaps) / len(confidence))


def coverage_at(confidence: NDArray[np.float64], right: NDArray[np.bool_], accuracy: float) -> Coverage:
    """The lowest threshold whose decided texts still reach `accuracy`; coverage 0 when none does.

    Args:
        confidence: Of the answers.
        right: Whether each was right.
        accuracy: Wanted, for example 0.975.

    Source: El-Yaniv & Wiener (2010), Journal of Machine Learning Research 11:1605 (risk and coverage).
    """
    order = np.argsort(-confidence, kind="stable")
    level, hits = confidence[order], np.cumsum(right[order])
    reached = hits / np.arange(1, len(order) + 1)
    last = np.append(level[1:] < level[:-1], True) if len(order) else np.zeros(0, bool)  # ties are decided together
    good = np.flatnonzero((reached >= accuracy) & last)
    if not len(good):
        return Coverage(1.0, 0.0, 1.0)
    at = int(good[-1])
    return Coverage(float(level[at]), (at + 1) / len(order), float(reached[at]))


def curve(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Coverage]:
    """Accuracy of the most confident 10 %, 20 %, … 100 %.

    Source: El-Yaniv & Wiener (2010), Journal of Machine Learning Research 11:1605.
    """
    order = np.argsort(-confidence, kind="stable")
    points = []
    for tenth in range(1, 11):
        size = max(1, len(order) * tenth // 10)
        some = order[:size]
        points.append(Coverage(float(confidence[some[-1]]), size / len(order), float(np.mean(right[some]))))
    return points


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> float:
    """Exact two-sided p-value that two models err equally often on the same texts (McNemar 1947)."""
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(second_right & ~first_right))
    if only_first + only_second == 0:
        return 1.0
    from scipy import stats

    return float(stats.binomtest(only_first, only_first + only_second, 0.5).pvalue)
