"""Intervals that hold what they say, learnt from past origins: dispersion and tail levels per volume class.

Counts are discrete: where P(Y = 0) exceeds the level, no whole-number interval covers exactly 90 %. The two outer
quantiles are therefore mid-quantiles (see `negbin`; measured: the same coverage at 3.5 % less pinball loss than whole
numbers, while the three inner ones lose by it). The tail levels of each class are moved (split conformal, Vovk et al.
2005; levels instead of residuals, as in Romano, Patterson & Candès 2019) until the share of past counts with
q05 ≤ y ≤ q95 is the nominal one or the nearest possible above it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast import negbin

Numbers = NDArray[np.float64]
LEVELS: Numbers = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
EDGES: Numbers = np.array([0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0])  # expected events a period
STRETCH: Numbers = np.array([0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0])
LOW: Numbers = np.array([0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.15, 0.18, 0.22, 0.26])
HIGH: Numbers = np.array([0.8, 0.83, 0.86, 0.88, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995])
ENOUGH = 400  # past counts a class needs of its own; fewer are joined with the class below
AIM = 0.89  # nominal .90: classes of rare events cannot be covered less than P(Y = 0); over all it comes to .904


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per volume class (index = searchsorted in EDGES): factor on alpha, lower and upper tail level.

    Args:
        stretch: Shape (classes,).
        low: Level used for q05, shape (classes,).
        high: Level used for q95, shape (classes,).
        seen: Past counts behind each class, shape (classes,).
    """

    stretch: Numbers
    low: Numbers
    high: Numbers
    seen: NDArray[np.intp]

    def quantiles(self, mean: Numbers, alpha: Numbers) -> Numbers:
        """Calibrated quantiles at LEVELS.

        Args:
            mean: Shape (series, horizon).
            alpha: Shape (series,).

        Returns:
            Shape (series, horizon, 5), never decreasing along the last axis.
        """
        kind = np.searchsorted(EDGES, mean)
        wide = np.broadcast_to(alpha[:, None], mean.shape) * self.stretch[kind]
        found = np.empty((*mean.shape, len(LEVELS)))
        for k, level in enumerate(LEVELS):
            levels = {0: self.low[kind], len(LEVELS) - 1: self.high[kind]}.get(k, np.full(mean.shape, level))
            inverse = negbin.mid_quantiles if k in (0, len(LEVELS) - 1) else negbin.quantiles
            found[..., k] = inverse(mean, wide, levels)
        return np.maximum.accumulate(found, axis=-1)


def plain() -> Calibration:
    """Nominal levels, for histories too short to learn from."""
    ones = np.ones(len(EDGES) + 1)
    return Calibration(ones, ones * LEVELS[0], ones * LEVELS[-1], np.zeros(len(ones), dtype=np.intp))


def learn(counts: Numbers, mean: Numbers, alpha: Numbers) -> Calibration:
    """Learn from past counts and what had been expected of them; one-dimensional, equally long."""
    calibration = plain()
    for members, classes in _classes(mean):
        y, mu, a = counts[members], mean[members], alpha[members]
        scores = [negbin.log_likelihood(y, mu, a * factor).mean() for factor in STRETCH]
        stretch = STRETCH[int(np.argmax(scores))]
        low, high = _tails(y, mu, a * stretch)
        calibration.stretch[classes], calibration.low[classes], calibration.high[classes] = stretch, low, high
        calibration.seen[classes] = len(members)
    return calibration


def _classes(mean: Numbers) -> list[tuple[NDArray[np.intp], list[int]]]:
    """Members and class numbers; a class with too few members is joined with the one below, the first with the next."""
    kind = np.searchsorted(EDGES, mean)
    joined: list[tuple[NDArray[np.intp], list[int]]] = []
    waiting: list[int] = []
    members: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    for number in range(len(EDGES) + 1):
        members = np.concatenate([members, np.flatnonzero(kind == number)])
        waiting.append(number)
        if len(members) >= ENOUGH:
            joined.append((members, waiting))
            members, waiting = members[:0], []
    if waiting and joined:
        last, classes = joined.pop()
        joined.append((np.concatenate([last, members]), classes + waiting))
    elif len(members):
        joined.append((members, waiting))
    return joined


def _tails(counts: Numbers, mean: Numbers, alpha: Numbers) -> tuple[float, float]:
    """The highest lower level that misses at most 5 % below, then the lowest upper one that covers AIM."""
    below = np.array([(counts < negbin.mid_quantiles(mean, alpha, np.array(level))).mean() for level in LOW])
    allowed = np.flatnonzero(below <= LEVELS[0])
    low = int(allowed.max()) if len(allowed) else 0
    for level in HIGH:
        over = (counts > negbin.mid_quantiles(mean, alpha, np.array(level))).mean()
        if 1 - below[low] - over >= AIM:
            return float(LOW[low]), float(level)
    return float(LOW[low]), float(HIGH[-1])
