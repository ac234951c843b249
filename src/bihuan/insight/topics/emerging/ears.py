"""EARS C1, C2 and C3: is today's count high against the last week?

Hutwagner, Thompson, Seeman & Treadwell, "The bioterrorism preparedness and response Early Aberration Reporting
System (EARS)", J Urban Health 80 (2003), i89–i96. C1 compares with the 7 days before; C2 leaves a gap of 2 days so that
a slow rise does not hide itself; C3 adds up C2's excess over one standard deviation for three days. Published
thresholds (3, 3, 2) leave the false-alarm rate open; here it is declared, and the threshold follows from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

BASELINE = 7
GAP = 2
LEAST_SD = 0.5
"""A baseline without variation would make any rise infinite; statistics as in EARS' public implementations floor it."""


class DailyAlarms(NamedTuple):
    """One entry per day: the statistic (NaN before there is a baseline), its p-value and whether it alarms."""

    statistic: NDArray[np.float64]
    p: NDArray[np.float64]
    alarm: NDArray[np.bool_]


def ears(
    counts: NDArray[np.float64], kind: str = "C2", threshold: float | None = None, alpha: float = 0.01
) -> DailyAlarms:
    """The EARS statistic of each day.

    Args:
        counts: One per day, ≥ 0.
        kind: 'C1', 'C2' or 'C3'.
        threshold: Alarm above this, as published (3, 3, 2). None: alarm when p ≤ alpha.
        alpha: Declared false-alarm rate per day on a stationary series.

    Raises:
        ValueError: another kind, a negative count, or alpha outside (0, 1).

    p is the larger of two upper tails, so that it holds for Poisson and for over-dispersed counts alike: the prediction
    of a Poisson count from 7 days, and Student's t on the square-root scale with the baseline's own variation.
    C3 takes three times the smallest of its three days' values (Bonferroni).

    Source: Hutwagner, Thompson, Seeman & Treadwell (2003), Journal of Urban Health 80:i89.
    """
    if kind not in ("C1", "C2", "C3"):
        raise ValueError(f"kind {kind!r}: choose C1, C2 or C3")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha}: a rate between 0 and 1")
    series = np.asarray(counts, dtype=np.float64)
    if (series < 0).any():
        raise ValueError("a count is negative")
    statistic, p = _single(series, 0 if kind == "C1" else GAP)
    if kind == "C3":
        statistic, p = _summed(statistic), np.minimum(3 * _last_three(p), 1.0)
    alarm = statistic > threshold if threshold is not None else p <= alpha
    return DailyAlarms(statistic, p, np.asarray(alarm & ~np.isnan(statistic)))


def _single(series: NDArray[np.float64], gap: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    statistic, p = np.full(len(series), np.nan), np.ones(len(series))
    if len(series) <= BASELINE + gap:
        return statistic, p
    windows = np.lib.stride_tricks.sliding_window_view(series, BASELINE)[: len(series) - BASELINE - gap]
    today = series[BASELINE + gap :]
    mean, sd = windows.mean(axis=1), windows.std(axis=1, ddof=1)
    statistic[BASELINE + gap :] = (today - mean) / np.maximum(sd, LEAST_SD)
    p[BASELINE + gap :] = np.maximum(_poisson_tail(today, windows.sum(axis=1)), _student_tail(today, windows))
    return statistic, p


def _poisson_tail(today: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(count ≥ today): under a Jeffreys prior, after a total of k in 7 days, negative binomial (k + ½, 7/8)."""
    tail: NDArray[np.float64] = stats.nbinom.sf(today - 1, total + 0.5, BASELINE / (BASELINE + 1))
    return tail


def _student_tail(today: NDArray[np.float64], windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(count ≥ today) from the baseline's mean and deviation of √(count + 3/8); one new day beside 7 old ones."""
    roots = np.sqrt(windows + 0.375)
    deviation = np.maximum(roots.std(axis=1, ddof=1), LEAST_SD / 2) * np.sqrt(1 + 1 / BASELINE)
    t = (np.sqrt(np.maximum(today - 0.5, 0) + 0.375) - roots.mean(axis=1)) / deviation
    tail: NDArray[np.float64] = stats.t.sf(t, BASELINE - 1)
    return tail


def _summed(c2: NDArray[np.float64]) -> NDArray[np.float64]:
    over = np.maximum(0.0, c2 - 1.0)
    out = np.full(len(c2), np.nan)
    if len(c2) >= 3:
        out[2:] = over[2:] + over[1:-1] + over[:-2]
    return out


def _last_three(p: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.ones(len(p))
    if len(p) >= 3:
        out[2:] = np.minimum(np.minimum(p[2:], p[1:-1]), p[:-2])
    return out
