"""What the visits found, and what that says about all the places that could have been visited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class HitRate:
    """A hit-rate with its interval.

    Args:
        rate: Of all places that had a chance of a visit, the share with a problem; nan without a visit.
        low, high: Interval at `confidence`.
        total: Places with a problem among them (Horvitz–Thompson).
        visits: Number of visits.
        found: Visits that found a problem.
        effective: Size of an equally drawn sample that would say as much (Kish).
    """

    rate: float
    low: float
    high: float
    total: float
    visits: int
    found: int
    effective: float


def hit_rate(found: Sequence[bool], probabilities: Sequence[float], confidence: float = 0.95) -> HitRate:
    """Estimate from visits drawn with unequal chances.

    Each visit counts 1/probability (Horvitz & Thompson 1952, JASA 47:663); the rate is their ratio (Hájek 1971), its
    interval exact binomial at the effective sample size (Kish 1965; Korn & Graubard 1998, Survey Methodology 24:193).

    Args:
        found: Whether each visit found a problem.
        probabilities: Its chance of being visited, from the plan, 0 < p ≤ 1. Places with chance 0 are not spoken for.
        confidence: Of the interval.

    Raises:
        ValueError: lengths differ, a probability outside (0, 1], or a confidence outside (0, 1).
    """
    hits, chances = np.asarray(found, dtype=bool), np.asarray(probabilities, dtype=np.float64)
    if hits.shape != chances.shape or ((chances <= 0) | (chances > 1)).any() or not 0 < confidence < 1:
        raise ValueError("one probability in (0, 1] for each visit, and a confidence in (0, 1)")
    if not len(hits):
        return HitRate(float("nan"), 0.0, 1.0, 0.0, 0, 0, 0.0)
    weights = 1 / chances
    rate = float(weights[hits].sum() / weights.sum())
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    tail, count = (1 - confidence) / 2, rate * effective
    from scipy.stats import beta  # half of what a play imports, and few ask for a hit-rate

    low = float(beta.ppf(tail, count, effective - count + 1)) if rate > 0 else 0.0
    high = float(beta.ppf(1 - tail, count + 1, effective - count)) if rate < 1 else 1.0
    return HitRate(rate, low, high, float(weights[hits].sum()), len(hits), int(hits.sum()), effective)
