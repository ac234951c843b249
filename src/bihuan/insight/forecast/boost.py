"""Gradient boosting of the expected counts: what the closed form leaves over, learnt on past origins of the same data.

LightGBM with Poisson loss starts from the closed form's mean, so it learns only corrections; the two are then blended
on the log scale with a weight that the back-test chose (0: not used). Only counts before an origin enter its features.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast import bayes
from bihuan.insight.forecast.bayes import Groups, SeriesFit, Settings

Numbers = NDArray[np.float64]
ROWS = 120_000  # training rows at most; drawn with the seed
TREES = 120
LEAST = 2_000  # fewer rows teach nothing
PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "lambda_l2": 5.0,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class BoostHistory:
    """All an origin may look at, and what every part needs to know.

    Args:
        counts: Shape (series, periods): the whole history.
        kinds: Kind of each period, at least periods + horizon long.
        groups: Codes of every series per grouping column.
        horizon: Periods ahead.
        cycle: 7 for days, 1 for weeks.
        year: Periods in a year: 364 days or 52 weeks, so that weekdays agree.
        settings: Prior strengths.
    """

    counts: Numbers
    kinds: NDArray[np.intp]
    groups: Groups
    horizon: int
    cycle: int
    year: int
    settings: Settings

    def at(self, origin: int) -> SeriesFit:
        """The closed form with only the first `origin` periods known. Source: docs/adr/0105 (a closed form first)."""
        ahead = self.kinds[: origin + self.horizon]
        return bayes.fit_series(self.counts[:, :origin], ahead, self.groups, self.settings)

    def truth(self, origin: int) -> Numbers:
        """What came in the horizon after `origin`, shape (series, horizon)."""
        return self.counts[:, origin : origin + self.horizon]


@dataclass(frozen=True, slots=True)
class Booster:
    """A trained correction."""

    model: Any

    def correct(self, history: BoostHistory, origin: int, fit: SeriesFit) -> Numbers:
        """Corrected means at an origin, shape (series, horizon).

        Source: docs/adr/0105 (boosting as a correction of the mean).
        """
        rows = boost_features(history, origin, fit)
        raw = self.model.predict(rows.reshape(-1, rows.shape[-1]), raw_score=True, num_threads=1)
        return np.asarray(fit.mean * np.exp(np.clip(raw.reshape(fit.mean.shape), -2, 2)), dtype=np.float64)


def blend_means(closed: Numbers, corrected: Numbers, weight: float) -> Numbers:
    """Geometric mean with `weight` on the corrected one.

    Source: docs/topics/forecast.md, "How the numbers come about" (3).
    """
    return np.asarray(closed ** (1 - weight) * corrected**weight, dtype=np.float64)


def training_origins(history: BoostHistory, last: int, step: int | None = None) -> list[int]:
    """Origins whose whole horizon lies before `last`: the twelve latest, and those of the same season a year before.

    Source: Tashman (2000), International Journal of Forecasting 16:437; docs/adr/0105.
    """
    stride = step or max(history.cycle, history.horizon // 2 if history.cycle == 1 else history.cycle)
    least = 4 * history.cycle if history.cycle > 1 else 6
    recent = list(range(last - history.horizon, least - 1, -stride))[:12]
    year = [last - history.year + shift * stride for shift in range(-3, 4)]
    return recent + [o for o in year if least <= o < (min(recent) if recent else 0)]


def train_boost(history: BoostHistory, last: int, seed: int) -> Booster | None:
    """Learn on the origins before `last`; None when there is too little history.

    Source: Ke et al. (2017), LightGBM; docs/adr/0105.
    """
    import lightgbm

    parts = [_rows(history, origin) for origin in training_origins(history, last)]
    if not parts or sum(len(p[1]) for p in parts) < LEAST:
        return None
    rows = np.concatenate([part[0] for part in parts])
    counts, means = np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts])
    if len(counts) > ROWS:
        drawn = np.random.default_rng(seed).choice(len(counts), ROWS, replace=False)
        rows, counts, means = rows[drawn], counts[drawn], means[drawn]
    data = lightgbm.Dataset(rows, counts, init_score=np.log(means))
    return Booster(lightgbm.train({**PARAMETERS, "seed": seed}, data, TREES))


def _rows(history: BoostHistory, origin: int) -> tuple[NDArray[np.float32], Numbers, Numbers]:
    fit = history.at(origin)
    seen = history.counts[:, :origin].sum(axis=1) > 0
    rows = boost_features(history, origin, fit)[seen]
    return rows.reshape(-1, rows.shape[-1]), history.truth(origin)[seen].ravel(), fit.mean[seen].ravel()


def boost_features(history: BoostHistory, origin: int, fit: SeriesFit) -> NDArray[np.float32]:
    """One row per series and period ahead, shape (series, horizon, features); the past before `origin` only.

    Source: docs/adr/0105; only the past of an origin enters.
    """
    past, ahead = history.counts[:, :origin], history.kinds[origin : origin + history.horizon]
    series, horizon = fit.mean.shape
    columns: list[Numbers] = [np.log(fit.mean)]
    static = [np.log(fit.levels[:, k] / fit.levels.mean(axis=1)) for k in range(fit.levels.shape[1])]
    static += [*_recent(past, history.cycle), fit.alpha]
    for codes in history.groups:
        static += [column[codes] for column in _of_group(bayes.sum_groups(past, codes), history.cycle)]
    columns += [np.broadcast_to(column[:, None], (series, horizon)) for column in static]
    columns += _same_kind(past, history.cycle, horizon)
    columns += [np.broadcast_to(x, (series, horizon)) for x in (np.arange(horizon), ahead)]
    columns.append(np.log(fit.profile[:, ahead]))
    columns += _last_year(history, origin)
    return np.stack(columns, axis=-1).astype(np.float32)


def _recent(past: Numbers, cycle: int) -> list[Numbers]:
    window = past[:, -8 * cycle :]
    mean = window.mean(axis=1)
    quiet = np.argmax(past[:, ::-1] > 0, axis=1).astype(np.float64)
    quiet[~past.any(axis=1)] = past.shape[1]
    shares = [past[:, -n * cycle :].mean(axis=1) for n in (1, 2, 4)]
    spread = window.var(axis=1) / np.maximum(mean, 1e-3)
    return [(window == 0).mean(axis=1), *shares, mean, spread, window.max(axis=1), quiet]


def _of_group(total: Numbers, cycle: int) -> list[Numbers]:
    window = total[:, -8 * cycle :]
    mean = np.maximum(window.mean(axis=1), 1e-3)
    last = total[:, -2 * cycle :].mean(axis=1)
    return [mean, window.var(axis=1) / mean, window.max(axis=1) / np.maximum(window.sum(axis=1), 1), last / mean]


def _same_kind(past: Numbers, cycle: int, horizon: int) -> list[Numbers]:
    """Statistics of the same place in the cycle over up to eight cycles."""
    cycles = min(8, past.shape[1] // cycle)
    blocks = past[:, past.shape[1] - cycles * cycle :].reshape(len(past), cycles, cycle)
    place = np.arange(horizon) % cycle
    ordered = np.sort(blocks, axis=1)
    found = (blocks.mean(axis=1), ordered[:, (3 * (cycles - 1)) // 4], ordered[:, -1], (blocks > 0).mean(axis=1))
    return [column[:, place] for column in found]


def _last_year(history: BoostHistory, origin: int) -> list[Numbers]:
    """Log change of each group from the four cycles before the origin to the horizon, a year earlier; 0 if unknown."""
    start, back = origin - history.year, 4 * max(history.cycle, 2)
    series = history.counts.shape[0]
    if start < back:
        return [np.zeros((series, history.horizon)) for _codes in history.groups]
    found = []
    for codes in history.groups:
        total = bayes.sum_groups(history.counts[:, start - back : start + history.horizon], codes)
        before, after = total[:, :back].mean(axis=1) + 0.1, total[:, back:].mean(axis=1) + 0.1
        found.append(np.broadcast_to(np.log(after / before)[codes][:, None], (series, history.horizon)))
    return found
