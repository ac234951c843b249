"""Intervals that hold what they say, learnt from past origins: dispersion and tail levels per volume class.

Counts are discrete: where P(Y = 0) exceeds the level, no whole-number interval covers exactly 90 %. The two outer
quantiles are therefore mid-quantiles (see `negbin`; measured: the same coverage at 3.5 % less pinball loss than whole
numbers, while the three inner ones lose by it). The tail levels of each class are moved (split conformal, Vovk et al.
2005; levels instead of residuals, as in Romano, Patterson & Candès 2019). A class of rare events cannot be covered
less than P(Y = 0), so one aim is sought for the others with which the share of *all* past counts with
q05 ≤ y ≤ q95 comes nearest to .90. Coverage is always told as that share, of counts, over series and periods.
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
NOMINAL = 0.90
AIMS: Numbers = np.array([0.9, 0.895, 0.89, 0.885, 0.88])  # coverage sought in each class


@dataclass(frozen=True, slots=True)
class TailCalibration:
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

        Source: Romano, Patterson & Candès (2019), NeurIPS; outer ones by Ma, Genton & Parzen (2011).
        """
        kind = np.searchsorted(EDGES, mean)
        wide = np.broadcast_to(alpha[:, None], mean.shape) * self.stretch[kind]
        found = np.empty((*mean.shape, len(LEVELS)))
        for k, level in enumerate(LEVELS):
            levels = {0: self.low[kind], len(LEVELS) - 1: self.high[kind]}.get(k, np.full(mean.shape, level))
            inverse = negbin.mid_quantiles if k in (0, len(LEVELS) - 1) else negbin.quantiles
            found[..., k] = inverse(mean, wide, levels)
        return np.maximum.accumulate(found, axis=-1)


def nominal_calibration() -> TailCalibration:
    """Nominal levels, for histories too short to learn from.

    Source: docs/topics/forecast.md, "How the numbers come about" (4).
    """
    ones = np.ones(len(EDGES) + 1)
    return TailCalibration(ones, ones * LEVELS[0], ones * LEVELS[-1], np.zeros(len(ones), dtype=np.intp))


def learn_calibration(counts: Numbers, mean: Numbers, alpha: Numbers) -> TailCalibration:
    """Learn from past counts and what had been expected of them; one-dimensional, equally long.

    Source: Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World; docs/adr/0105 (Coverage).
    """
    calibration, curves = nominal_calibration(), []
    for members, classes in _classes(mean):
        y, mu, a = counts[members], mean[members], alpha[members]
        scores = [negbin.log_likelihood(y, mu, a * factor).mean() for factor in STRETCH]
        stretch = STRETCH[int(np.argmax(scores))]
        curves.append(_misses(y, mu, a * stretch))
        calibration.stretch[classes], calibration.seen[classes] = stretch, len(members)
    for (_members, classes), (low, high) in zip(_classes(mean), _tails(curves), strict=True):
        calibration.low[classes], calibration.high[classes] = LOW[low], HIGH[high]
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


@dataclass(frozen=True, slots=True)
class _Misses:
    """Of one class: how many counts, and the share below each LOW and above each HIGH level's quantile."""

    number: int
    below: Numbers
    above: Numbers

    def choice(self, aim: float) -> tuple[int, int, float]:
        """The highest lower level that misses at most 5 % below, the lowest upper one that covers `aim`; coverage."""
        allowed = np.flatnonzero(self.below <= LEVELS[0])
        low = int(allowed.max()) if len(allowed) else 0
        covered = 1 - self.below[low] - self.above
        enough = np.flatnonzero(covered >= aim)
        high = int(enough.min()) if len(enough) else len(HIGH) - 1
        return low, high, float(covered[high])


def _misses(counts: Numbers, mean: Numbers, alpha: Numbers) -> _Misses:
    below = [(counts < negbin.mid_quantiles(mean, alpha, np.array(level))).mean() for level in LOW]
    above = [(counts > negbin.mid_quantiles(mean, alpha, np.array(level))).mean() for level in HIGH]
    return _Misses(len(counts), np.array(below), np.array(above))


def _tails(classes: list[_Misses]) -> list[tuple[int, int]]:
    """Lower and upper level (indices) of each class, by the aim that covers nearest to NOMINAL over all of them."""
    total = max(sum(c.number for c in classes), 1)

    def off(aim: float) -> float:
        return abs(sum(c.number * c.choice(aim)[2] for c in classes) / total - NOMINAL)

    aim = float(min(AIMS, key=off))
    return [c.choice(aim)[:2] for c in classes]
