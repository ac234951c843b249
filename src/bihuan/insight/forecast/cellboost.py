"""Boosting of next week's map: corrections on the steady picture, learnt on earlier weeks of the same reports.

Every type first gets an expectation of its own (non-negative least squares on its memories, reaches and the cell's
other types); LightGBM with Poisson loss then starts from the steady picture, so with little to learn it stays there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from bihuan.insight.forecast.weeks import Numbers, Weeks, steady_picture, weigh_memory

WARM = 3  # weeks before the first origin a type learns from
LEARNT = WARM + 2  # weeks before the first origin the boosting learns from
ORIGINS = 20  # latest origins learnt from
TREES = 120
SEEDS = 2
PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.04,
    "num_leaves": 8,
    "min_data_in_leaf": 100,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Learner:
    """Features of every origin, computed once.

    Args:
        weeks: The counts.
        rows: Per origin, shape (cells, features); it holds what was known before that week only.
        start: Per origin the steady picture, shape (cells,).
    """

    weeks: Weeks
    rows: dict[int, NDArray[np.float32]]
    start: dict[int, Numbers]

    def boosted(self, week: int, seed: int) -> Numbers:
        """Expectation of `week` learnt on the weeks before; the mean of a few seeds ranks more steadily than one.

        Source: Ke et al. (2017), LightGBM; docs/adr/0105 (Hot spots).
        """
        import lightgbm

        origins = [o for o in self.rows if o < week][-ORIGINS:]
        if not origins:
            return self.start[week]
        active = {o: self.weeks.active(o) for o in origins}
        known = np.concatenate([self.rows[o][active[o]] for o in origins])
        came = np.concatenate([self.weeks.counts[active[o], o] for o in origins])
        begun = np.concatenate([np.log(self.start[o][active[o]]) for o in origins])
        guesses = []
        for k in range(SEEDS):
            data = lightgbm.Dataset(known, came, init_score=begun)
            model = lightgbm.train({**PARAMETERS, "seed": seed * SEEDS + k}, data, TREES)
            raw = np.asarray(model.predict(self.rows[week], raw_score=True, num_threads=1), dtype=np.float64)
            guesses.append(np.exp(np.clip(raw, -3, 3)))
        return np.asarray(self.start[week] * np.mean(guesses, axis=0), dtype=np.float64)


def build_learner(weeks: Weeks, held: int) -> Learner:
    """Compute the features of the origins that `held` weeks and the week ahead need.

    Source: docs/adr/0105 (Hot spots).
    """
    first = max(WARM, weeks.number - held - ORIGINS)
    typed = {week: _typed(weeks, week) for week in range(first, weeks.number + 1)}
    rows, start = {}, {}
    for week in range(max(LEARNT, first + 2), weeks.number + 1):
        start[week] = steady_picture(weeks, week)
        rows[week] = _features(weeks, week, _by_type(weeks, typed, week), start[week])
    return Learner(weeks, rows, start)


def _typed(weeks: Weeks, week: int) -> Numbers:
    """What each type's past says about each cell, shape (types, cells, 10)."""
    past = weeks.typed[:, :, :week].astype(np.float64)
    mean, everything = past.mean(axis=2), weeks.counts[:, :week].mean(axis=1)
    columns = [past[:, :, -1], weigh_memory(past, 2.0), weigh_memory(past, 6.0), mean]
    columns += [(kernel @ mean.T).T for kernel in weeks.kernels]
    columns += [(weeks.kernels[0] @ past[:, :, -1].T).T, everything - mean]
    columns.append(np.broadcast_to(weeks.kernels[1] @ everything, mean.shape))
    return np.stack(columns, axis=-1)


def _by_type(weeks: Weeks, typed: dict[int, Numbers], week: int) -> Numbers:
    """Sum over the types of what each is expected to bring, learnt on the origins before."""
    total = np.zeros(len(weeks.counts))
    origins = [o for o in typed if o < week][-ORIGINS:]
    active = {o: weeks.active(o) for o in origins}
    for kind in range(len(weeks.typed)):
        came = np.concatenate([weeks.typed[kind][active[o], o] for o in origins])
        if not came.any():
            continue
        rows = np.concatenate([typed[o][kind][active[o]] for o in origins])
        weight = 1 / np.sqrt(rows[:, 3] + rows[:, 5] + 0.02)  # counts vary as their mean
        total += typed[week][kind] @ _non_negative(rows * weight[:, None], came * weight)
    return total


def _non_negative(rows: Numbers, came: Numbers) -> Numbers:
    """Non-negative least squares through the small normal equations: the rows are many, the columns ten."""
    square = rows.T @ rows
    root = np.linalg.cholesky(square + 1e-9 * np.trace(square) * np.eye(len(square)))
    found, _residual = nnls(root.T, np.linalg.solve(root, rows.T @ came))
    return np.asarray(found, dtype=np.float64)


def _features(weeks: Weeks, week: int, by_type: Numbers, start: Numbers) -> NDArray[np.float32]:
    past = weeks.counts[:, :week]
    columns: list[Numbers] = [
        by_type,
        start,
        steady_picture(weeks, week, rooted=False, reach=0.5),
        steady_picture(weeks, week, half=6),
    ]
    for half in (1.0, 2.0, 4.0, 8.0, 1e9):
        own = weigh_memory(past, half)
        columns.append(own)
        if half in (2.0, 8.0, 1e9):
            columns += [kernel @ own for kernel in weeks.kernels]
    mix = weeks.typed[:, :, :week].sum(axis=2, dtype=np.float64) / week
    share = mix / np.maximum(mix.sum(axis=0), 1e-9)
    recent = weeks.typed[:, :, max(0, week - 3) : week].sum(axis=(1, 2), dtype=np.float64) / min(3, week)
    trend = (recent + 0.5) / (mix.sum(axis=1) + 0.5)
    columns += [past[:, -1], past[:, -2], (past > 0).mean(axis=1), past.max(axis=1), past.var(axis=1)]
    columns += [trend @ mix, (share**2).sum(axis=0), (mix > 0).sum(axis=0).astype(np.float64)]
    columns += [weeks.last_days[:, week - 1], weeks.last_days[:, :week].mean(axis=1)]
    return np.column_stack(columns).astype(np.float32)
