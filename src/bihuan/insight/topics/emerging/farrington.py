"""Farrington's method as improved by Noufaily: is this week high against the same weeks of earlier years?

Farrington, Andrews, Beale & Catchpole, JRSS A 159 (1996) 547–563; Noufaily, Enki, Farrington, Garthwaite, Andrews &
Charlett, Statistics in Medicine 32 (2013) 1206–1222: quasi-Poisson regression on a trend and a ten-level season factor
over all past weeks but the last 26, weeks with large Anscombe residuals (> 2.58) weighted down as past outbreaks, and
an upper bound from the negative binomial with the fitted mean and dispersion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

YEAR = 52
HALF_WINDOW = 3
LEVELS = 10
RECENT = 26
RESIDUAL = 2.58
ROUNDS = 50


class Bound(NamedTuple):
    """Of one week: expected count, upper bound, exceedance score, p-value, dispersion, whether it alarms."""

    expected: float
    upper: float
    score: float
    p: float
    dispersion: float
    alarm: bool


class PoissonFit(NamedTuple):
    """A quasi-Poisson fit: coefficients on the log scale, their covariance, fitted means, dispersion (≥ 1)."""

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    fitted: NDArray[np.float64]
    dispersion: float


def farrington(
    counts: NDArray[np.float64], week: int, years: int = 5, alpha: float = 0.01, trend: bool = True
) -> Bound:
    """Judge one week of a series.

    Args:
        counts: One per week, oldest first, ≥ 0.
        week: Which week to judge (0-based); weeks after it are not looked at.
        years: Years of history used; fewer are used when there are fewer, but at least one and a half.
        alpha: Declared false-alarm rate per week.
        trend: Whether a linear trend may be fitted; it is kept when significant at 5 % and there are 3 years.

    Raises:
        ValueError: fewer than 78 weeks of history, or a negative count.

    Source: Farrington, Andrews, Beale & Catchpole (1996); Noufaily et al. (2013); see the module.
    """
    series = np.asarray(counts, dtype=np.float64)
    if (series < 0).any():
        raise ValueError("a count is negative")
    first = max(0, week - years * YEAR - HALF_WINDOW)
    past = np.arange(first, week - RECENT)
    if len(past) < YEAR:
        raise ValueError(f"week {week} has {week} weeks of history; {YEAR + RECENT} are needed: use ears until then")
    base = series[past]
    season = _season(past, week)
    design = np.column_stack([np.ones(len(past)), *(season[:, None] == np.arange(1, LEVELS)).T.astype(float)])
    target = np.zeros(design.shape[1])
    target[0] = 1.0
    used = np.concatenate([[True], design[:, 1:].any(axis=0)])
    design, target = design[:, used], target[used]
    when = (past - week) / YEAR
    if trend and len(past) >= 3 * YEAR - RECENT:
        with_trend = np.column_stack([design, when])
        fit = _reweighted(with_trend, base)
        error = float(np.sqrt(fit.covariance[-1, -1]))
        p_trend = 2 * stats.t.sf(abs(fit.coefficients[-1]) / max(error, 1e-12), len(base) - with_trend.shape[1])
        sensible = np.exp(fit.coefficients @ np.append(target, 0.0)) <= max(base.max(), 1.0)
        if p_trend < 0.05 and sensible:
            return _bound(fit, np.append(target, 0.0), series[week], alpha)
    return _bound(_reweighted(design, base), target, series[week], alpha)


def quasi_poisson(
    design: NDArray[np.float64], counts: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> PoissonFit:
    """Quasi-Poisson regression with log link by iteratively reweighted least squares.

    Args:
        design: Shape (n, k), full rank.
        counts: Shape (n,).
        weights: Prior weights; None for one each.

    Source: McCullagh & Nelder (1989), Generalized Linear Models, ch. 9 (quasi-likelihood).
    """
    prior = np.ones(len(counts)) if weights is None else weights
    mean = counts + 0.5
    coefficients = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        work = np.log(mean) + (counts - mean) / mean
        weighted = design * (prior * mean)[:, None]
        new = np.linalg.lstsq(weighted.T @ design, weighted.T @ work, rcond=None)[0]
        done = np.allclose(new, coefficients, atol=1e-10)
        coefficients = new
        mean = np.exp(np.clip(design @ coefficients, -30, 30))
        if done:
            break
    free = max(int((prior > 0).sum()) - design.shape[1], 1)
    dispersion = max(float((prior * (counts - mean) ** 2 / mean).sum() / free), 1.0)
    information = (design * (prior * mean)[:, None]).T @ design
    return PoissonFit(coefficients, dispersion * np.linalg.pinv(information), mean, dispersion)


def _reweighted(design: NDArray[np.float64], counts: NDArray[np.float64]) -> PoissonFit:
    """Fit, weigh past outbreaks down by their Anscombe residual squared, and fit again."""
    fit = quasi_poisson(design, counts)
    root = np.sqrt((design * (design @ np.linalg.pinv((design * fit.fitted[:, None]).T @ design))).sum(1) * fit.fitted)
    leverage = np.minimum(root**2, 0.99)
    raw = 1.5 * (counts ** (2 / 3) - fit.fitted ** (2 / 3)) / fit.fitted ** (1 / 6)
    residual = raw / np.sqrt(fit.dispersion * (1 - leverage))
    weights = np.maximum(residual / RESIDUAL, 1.0) ** -2.0 / np.where(residual > RESIDUAL, RESIDUAL**2, 1.0)
    return quasi_poisson(design, counts, weights * len(weights) / weights.sum())


def _bound(fit: PoissonFit, target: NDArray[np.float64], observed: float, alpha: float) -> Bound:
    """Upper bound and p-value: negative binomial with the fitted mean, its variance widened by the mean's own error."""
    expected = float(np.exp(fit.coefficients @ target))
    error = float(target @ fit.covariance @ target)
    variance = fit.dispersion * expected + expected**2 * error
    size = expected**2 / max(variance - expected, 1e-9 * max(expected, 1e-9))
    chance = size / (size + expected)
    p = float(stats.nbinom.sf(observed - 1, size, chance))
    upper = float(stats.nbinom.isf(alpha, size, chance))
    score = (observed - expected) / (upper - expected) if upper > expected else 0.0
    return Bound(expected, upper, float(score), p, fit.dispersion, p <= alpha)


def _season(past: NDArray[np.int64], week: int) -> NDArray[np.int64]:
    """Level 0 for weeks within HALF_WINDOW of the judged week's date in any year, 1 … 9 for the others."""
    offset = (past - week + HALF_WINDOW) % YEAR
    wide = 2 * HALF_WINDOW + 1
    rest = (offset - wide) * (LEVELS - 1) // (YEAR - wide) + 1
    return np.where(offset < wide, 0, rest)
