"""One or a few treated sites: synthetic control, and the interrupted series where nothing can be compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from bihuan.insight.effect import poisson
from bihuan.insight.effect.model import EffectFit, Floats, Mask

PLACEBOS = 200  # control units that take the treated one's place
TREND_FROM = 12  # periods before the start from which a trend is fitted
SEASONS = 12


def fit_synthetic(
    rates: Floats, before: tuple[int, ...], after: tuple[int, ...], treated: Mask, controls: Mask, level: float
) -> EffectFit:
    """Synthetic control of the treated units' sum, on rates relative to each unit's own past, with placebos in space.

    Weights: not negative, adding up to one (Abadie, Diamond & Hainmueller 2010), on series divided by their mean before
    the start, so that a site hotter than every control can be matched (Ferman & Pinto 2021 subtract it). Interval, p:
    every control takes the treated site's place; the distribution of their effects, each divided by its misfit before,
    is the reference.

    Args:
        rates: (n, P) events per exposure.
        before, after: Period indices.
        treated, controls: (n,) masks; controls with events before the start only are used.
        level: Of the interval; it cannot exceed 1 − 2/(controls + 1).
    """
    usable = np.flatnonzero(controls & (rates[:, list(before)].sum(axis=1) > 0))
    series = np.vstack([rates[treated].sum(axis=0), rates[usable]])
    relative = series / series[:, list(before)].mean(axis=1, keepdims=True)
    ratio, misfit, weights = _fit(relative, 0, list(range(1, len(relative))), before, after)
    taken = range(1, len(relative)) if len(usable) <= PLACEBOS else np.linspace(1, len(usable), PLACEBOS).astype(int)
    placebos = []
    for place in taken:
        rest = [i for i in range(1, len(relative)) if i != place]
        other, loose, _ = _fit(relative, int(place), rest, before, after)
        placebos.append(other / loose)
    reference = np.abs(np.asarray(placebos))
    p = float((1 + np.sum(reference >= abs(ratio) / misfit)) / (1 + len(reference)))
    reach = float(np.quantile(reference, level, method="higher")) * misfit
    heaviest = np.argsort(-weights)[:5]
    detail: dict[str, Any] = {
        "misfit_before": round(misfit, 4),
        "placebos": len(reference),
        "rank": int(1 + np.sum(reference >= abs(ratio) / misfit)),
        "heaviest": [[int(usable[i]), round(float(weights[i]), 3)] for i in heaviest if weights[i] > 0.001],
    }
    observed = float(series[0, list(after)].sum())
    return EffectFit(ratio, ratio - reach, ratio + reach, misfit, p, observed, detail)


def _fit(
    relative: Floats, site: int, donors: list[int], before: tuple[int, ...], after: tuple[int, ...]
) -> tuple[float, float, Floats]:
    past, future = relative[donors][:, list(before)].T, relative[donors][:, list(after)]
    heavy = 10.0 * math.sqrt(len(before)) * max(float(np.abs(past).max()), 1.0)  # holds the sum of the weights at 1
    small = 0.05 * math.sqrt(len(before)) * np.eye(len(donors))  # ridge: spread over like donors
    left = np.vstack([past, np.full((1, len(donors)), heavy), small])
    right = np.concatenate([relative[site, list(before)], [heavy], np.zeros(len(donors))])
    weights = optimize.nnls(left, right)[0]
    weights = weights / max(weights.sum(), 1e-12)
    misfit = math.sqrt(float(np.mean((relative[site, list(before)] - past @ weights) ** 2)))
    made = float((weights @ future).mean())
    own = float(relative[site, list(after)].mean())
    floor = 0.5 / len(after) / max(len(before), 1)
    return math.log(max(own, floor) / max(made, floor)), max(misfit, 0.02), weights


def fit_interrupted(
    counts: Floats,
    exposure: Floats | None,
    season: NDArray[np.int64] | None,
    before: tuple[int, ...],
    after: tuple[int, ...],
    level: float,
    others: Floats | None = None,
) -> EffectFit:
    """Segmented quasi-Poisson regression with trend, season and errors correlated over time.

    log rate = level + trend·time + season + step·[after]; the step is the effect (Bernal, Cummins & Gasparrini 2017).

    Args:
        counts: (P,) events of all treated units together.
        exposure: (P,) or None.
        season: (P,) season of each period; used when each season in use occurs twice before the start.
        before, after: Period indices.
        level: Of the interval.
        others: (P,) events of units not treated; their log then is an offset (a comparative series).
    """
    used = np.array([*before, *after])
    y, post = counts[used], np.isin(used, after).astype(float)
    columns = [np.ones(len(used)), post]
    if len(before) >= TREND_FROM and others is None:
        columns.append((used - used.mean()) / max(float(used.std()), 1.0))
    with_season = others is None and season is not None and _seasonal(season, before, after)
    if season is not None and with_season:
        columns += [(season[used] == s).astype(float) for s in np.unique(season[used])[1:]]
    x = np.column_stack(columns)
    offset = np.zeros(len(used)) if exposure is None else np.log(exposure[used])
    if others is not None:
        offset = offset + np.log(others[used] + 0.5)
    beta, mu = poisson.fit_poisson(y, x, offset)
    se = math.sqrt(float(poisson.serial_covariance(y, x, mu)[1, 1]))
    free = max(len(used) - x.shape[1], 1)
    reach = float(stats.t.ppf((1 + level) / 2, free)) * se
    ratio = float(beta[1])
    detail = {"se": round(se, 4), "trend": len(columns) > 2, "season": with_season, "comparative": others is not None}
    p = float(2 * stats.t.sf(abs(ratio) / se, free))
    return EffectFit(ratio, ratio - reach, ratio + reach, se, p, float(counts[list(after)].sum()), detail)


def _seasonal(season: NDArray[np.int64], before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether every season in use came round at least twice before the start, in separate spells."""
    past = season[list(before)]
    seasons = np.unique(season[list(before) + list(after)])
    return 1 < len(seasons) <= SEASONS and all(_spells(past == s) >= 2 for s in seasons)


def _spells(flags: Mask) -> int:
    return int(np.sum(flags & ~np.concatenate([[False], flags[:-1]])))
