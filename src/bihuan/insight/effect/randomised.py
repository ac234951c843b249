"""Randomised hold-out: rates after the start, adjusted for history, with an interval from the draw itself.

The ratio is the treatment coefficient of a Poisson regression on history; under randomisation it is consistent even
when the regression is wrong (Rosenblum & van der Laan 2010). Test and interval re-draw the labels: the residuals of the
model *without* treatment do not depend on who was drawn, so their studentised difference has an exact reference
distribution (Rosenbaum 2002; studentised: Chung & Romano 2013); the interval holds the ratios the test keeps.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

from bihuan.insight.effect import poisson
from bihuan.insight.effect.model import EffectFit, Floats, Mask

MANY = 3000  # units from which the robust normal interval is used instead of re-drawing
HALVINGS = 14  # of the search for each end: 8 standard errors / 2^14


def compare_drawn(
    after: Floats,
    exposure: Floats,
    history: Floats,
    treated: Mask,
    level: float,
    permutations: int,
    rng: np.random.Generator,
) -> EffectFit:
    """Effect among units of which some were drawn for treatment.

    Args:
        after: (n,) events after the start.
        exposure: (n,) of the time after the start, positive.
        history: (n, k) covariates known before the start (log rates), without an intercept; k may be 0.
        treated: (n,) the draw.
        level: Of the interval.
        permutations: Re-draws.
        rng: Source of the re-draws.

    Source: Rosenblum & van der Laan (2010); Chung & Romano (2013), Annals of Statistics 41:484; docs/adr/0106 (2).
    """
    offset = np.log(exposure)
    base = _covariates(history, len(after))
    x = np.column_stack([treated.astype(float), base])
    beta, mu = poisson.fit_poisson(after, x, offset)
    se = math.sqrt(float(poisson.robust_covariance(after, x, mu)[0, 0]))
    ratio, observed = float(beta[0]), float(after[treated].sum())
    free = max(len(after) - x.shape[1], 1)
    reach = float(stats.t.ppf((1 + level) / 2, free)) * se
    detail: dict[str, Any] = {"se": round(se, 4), "interval_robust": [round(ratio - reach, 4), round(ratio + reach, 4)]}
    if len(after) > MANY:
        p = float(2 * stats.t.sf(abs(ratio) / se, free))
        return EffectFit(ratio, ratio - reach, ratio + reach, se, p, observed, detail | {"interval": "robust"})
    draws = _draws(treated, permutations, rng)
    p = _kept(0.0, after, offset, base, treated, draws)
    ends = [_end(side, ratio, se, 1 - level, after, offset, base, treated, draws) for side in (-1, 1)]
    return EffectFit(
        ratio, ends[0], ends[1], se, p, observed, detail | {"interval": "randomisation", "draws": permutations}
    )


def _covariates(history: Floats, n: int) -> Floats:
    """Intercept and centred history, without columns that do not vary and with at most one for ten units."""
    varying = [column for column in history.T if np.ptp(column) > 1e-9][: max(n // 10, 0)]
    return np.column_stack([np.ones(n), *(column - column.mean() for column in varying)])


def _draws(treated: Mask, permutations: int, rng: np.random.Generator) -> Floats:
    """(permutations, n) labels with as many treated as there were."""
    n, k = len(treated), int(treated.sum())
    order = rng.random((permutations, n)).argpartition(k - 1, axis=1)[:, :k]
    draws = np.zeros((permutations, n))
    np.put_along_axis(draws, order, 1.0, axis=1)
    return draws


def _kept(log_ratio: float, after: Floats, offset: Floats, base: Floats, treated: Mask, draws: Floats) -> float:
    """p of the hypothesis that treatment multiplies every treated unit's events by exp(log_ratio)."""
    without = np.where(treated, after * math.exp(-log_ratio), after)
    _, mu = poisson.fit_poisson(without, base, offset)
    residual = without - mu
    seen = abs(_studentised(residual, treated[None, :].astype(float))[0])
    drawn = np.abs(_studentised(residual, draws))
    return float((1 + np.sum(drawn >= seen - 1e-12)) / (1 + len(drawn)))


def _studentised(residual: Floats, labels: Floats) -> Floats:
    k = labels[0].sum()
    rest = len(residual) - k
    inside, inside2 = labels @ residual, labels @ residual**2
    outside, outside2 = residual.sum() - inside, (residual**2).sum() - inside2
    spread = (inside2 - inside**2 / k) / (k * max(k - 1, 1)) + (outside2 - outside**2 / rest) / (
        rest * max(rest - 1, 1)
    )
    return np.asarray((inside / k - outside / rest) / np.sqrt(np.maximum(spread, 1e-12)))


def _end(
    side: int,
    ratio: float,
    se: float,
    alpha: float,
    after: Floats,
    offset: Floats,
    base: Floats,
    treated: Mask,
    draws: Floats,
) -> float:
    """The outermost log ratio the test keeps on one side of the estimate."""
    kept, out = ratio, ratio + side * 8 * se
    for _ in range(HALVINGS):
        middle = (kept + out) / 2
        if _kept(middle, after, offset, base, treated, draws) > alpha:
            kept = middle
        else:
            out = middle
    return kept
