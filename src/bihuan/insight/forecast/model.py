"""Counts per series, days or weeks ahead, with calibrated quantiles: the one function most callers need."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast import bayes, boost, calibrate, daykinds, seasons
from bihuan.insight.forecast.backtest import pinball
from bihuan.insight.forecast.bayes import DAILY, WEEKLY, SeriesFit
from bihuan.insight.forecast.boost import BoostHistory
from bihuan.insight.forecast.calibrate import LEVELS, TailCalibration

Numbers = NDArray[np.float64]
Freq = Literal["D", "W"]
WEIGHTS = (0.0, 0.25, 0.5, 0.75)
WORTH = 0.002  # boosting must lower the back-test's pinball loss by this share, else the closed form stays
CALIBRATING = 6  # past origins at most
LEAST = {"D": 14, "W": 4}  # periods below which nothing can be said
MAX_LOOK = {"D": 800, "W": 160}  # older periods no longer help


class TooLittle(ValueError):
    """The history is too short or empty; says how long it must be."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected.

    Args:
        start: First day forecast.
        freq: D for days, W for periods of seven days from `start` on.
        mean: Expected counts, shape (series, horizon).
        quantiles: Shape (series, horizon, 5), whole numbers as float64.
        levels: (.05, .25, .5, .75, .95).
        method: What was used and how it did on past origins; plain values for JSON.
        notes: What a reader must know (zh · en).
    """

    start: date
    freq: Freq
    mean: Numbers
    quantiles: Numbers
    levels: Numbers = field(default_factory=lambda: LEVELS.copy())
    method: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def dates(self) -> list[date]:
        """First day of each period ahead."""
        step = 1 if self.freq == "D" else 7
        return [self.start + timedelta(days=step * i) for i in range(self.mean.shape[1])]


def forecast(
    counts: NDArray[Any],
    start: date,
    horizon: int,
    freq: Freq = "D",
    *,
    groups: tuple[NDArray[np.intp], ...] = (),
    holidays: daykinds.Holidays = daykinds.no_holidays,
    boosting: bool = True,
    seed: int = 0,
    country: str = "",
) -> Forecast:
    """Forecast many count series at once.

    Args:
        counts: Daily events, shape (series, days), whole numbers ≥ 0.
        start: The day of the first column.
        horizon: Periods ahead: days, or weeks with freq W.
        freq: D or W. Weeks are seven days each, counted back from the last day.
        groups: For each grouping column (area, type, …) the code 0 … n-1 of every series; series borrow from them.
        holidays: Day → kind of special day, see `daykinds`.
        boosting: Let the back-test consider gradient boosting.
        seed: Of the boosting; the closed form draws nothing.
        country: Two letters (CN) to name the seasons that begin within the horizon; empty for none.

    Raises:
        TooLittle: fewer than 14 days, or 4 weeks, or no event at all.
        ValueError: negative counts, a horizon below 1, groups of another length.

    Source: docs/topics/forecast.md, "How the numbers come about"; docs/adr/0105.
    """
    days = np.asarray(counts, dtype=np.float64)
    _check(days, horizon, freq, groups)
    values = days if freq == "D" else sum_weeks(days)
    values = values[:, -MAX_LOOK[freq] :]
    ahead = start + timedelta(days=days.shape[1])
    kinds = _kinds(ahead, values.shape[1], horizon, freq, holidays)
    history = (
        BoostHistory(values, kinds, groups, horizon, 7, 364, DAILY)
        if freq == "D"
        else BoostHistory(values, kinds, groups, horizon, 1, 52, WEEKLY)
    )
    mean, fit, calibration, method = _solve(history, boosting, seed)
    notes = seasons.season_notes(ahead, horizon * (1 if freq == "D" else 7), start, country)
    return Forecast(ahead, freq, mean, calibration.quantiles(mean, fit.alpha), method=method, notes=notes)


def sum_weeks(days: Numbers) -> Numbers:
    """Sums of seven days counted back from the last; days before the first whole week are left out.

    Source: docs/topics/forecast.md (`--freq W`: seven days from the file's last day back).
    """
    weeks = days.shape[1] // 7
    return np.asarray(days[:, days.shape[1] - 7 * weeks :].reshape(len(days), weeks, 7).sum(axis=2))


def _check(days: Numbers, horizon: int, freq: Freq, groups: bayes.Groups) -> None:
    if days.ndim != 2 or horizon < 1 or (days < 0).any() or not np.isfinite(days).all():
        raise ValueError("counts are (series, days) ≥ 0 and finite, the horizon at least 1")
    if any(len(codes) != len(days) for codes in groups):
        raise ValueError("every grouping column needs one code per series")
    needed = LEAST[freq] * (1 if freq == "D" else 7)
    if days.shape[1] < needed or not days.any():
        raise TooLittle(
            f"{days.shape[1]} days with {int(days.sum())} events; at least {needed} days and 1 event needed"
        )


def _kinds(ahead: date, periods: int, horizon: int, freq: Freq, holidays: daykinds.Holidays) -> NDArray[np.intp]:
    if freq == "W":
        return np.zeros(periods + horizon, dtype=np.intp)
    return daykinds.day_kinds(ahead - timedelta(days=periods), periods + horizon, holidays)


def _solve(
    history: BoostHistory, boosting: bool, seed: int
) -> tuple[Numbers, SeriesFit, TailCalibration, dict[str, Any]]:
    """Mean, closed form and calibration at the end of the history."""
    periods = history.counts.shape[1]
    fit = history.at(periods)
    weight, gains = _choose_weight(history, seed) if boosting else (0.0, {})
    booster = boost.train_boost(history, periods, seed) if weight else None
    mean = boost.blend_means(fit.mean, booster.correct(history, periods, fit), weight) if booster else fit.mean
    calibration, used = _calibrate(history)
    method = {
        "model": "empirical-Bayes negative binomial" + (" + boosted Poisson" if booster else ""),
        "periods": periods,
        "boost_weight": weight if booster else 0.0,
        "backtest_pinball_by_weight": gains,
        "calibrated_on": used,
        "classes": {"upper_edge": calibrate.EDGES.tolist(), "stretch": calibration.stretch.tolist()}
        | {"low": calibration.low.tolist(), "high": calibration.high.tolist()},
    }
    return mean, fit, calibration, method


def _choose_weight(history: BoostHistory, seed: int) -> tuple[float, dict[str, float]]:
    """The blend weight with the lowest pinball loss at the latest two whole past horizons, if it is worth it."""
    last = history.counts.shape[1] - history.horizon
    losses: dict[float, list[float]] = {weight: [] for weight in WEIGHTS}
    for origin in (last, last - history.horizon):
        booster = boost.train_boost(history, origin, seed) if origin > 0 else None
        if booster is None:
            continue
        fit, truth = history.at(origin), history.truth(origin)
        corrected = booster.correct(history, origin, fit)
        for weight in WEIGHTS:
            mean = boost.blend_means(fit.mean, corrected, weight)
            losses[weight].append(
                float(pinball(truth, calibrate.nominal_calibration().quantiles(mean, fit.alpha)).mean())
            )
    if not losses[0.0]:
        return 0.0, {}
    means = {weight: float(np.mean(found)) for weight, found in losses.items()}
    best = min(means, key=lambda weight: (means[weight], weight))
    return (best if means[best] < means[0.0] * (1 - WORTH) else 0.0), {str(w): round(m, 6) for w, m in means.items()}


def _calibrate(history: BoostHistory) -> tuple[TailCalibration, list[int]]:
    """Learn the intervals at up to six past origins, half a horizon apart."""
    periods = history.counts.shape[1]
    step = max(history.horizon // 2, history.cycle)
    least = LEAST["D" if history.cycle > 1 else "W"]
    used = list(range(periods - history.horizon, least - 1, -step))[:CALIBRATING]
    if not used:
        return calibrate.nominal_calibration(), []
    parts = []
    for origin in used:
        fit, truth = history.at(origin), history.truth(origin)
        seen = history.counts[:, :origin].sum(axis=1) > 0
        alpha = np.broadcast_to(fit.alpha[:, None], fit.mean.shape)
        parts.append((truth[seen].ravel(), fit.mean[seen].ravel(), alpha[seen].ravel()))
    counts, mean, alphas = (np.concatenate(column) for column in zip(*parts, strict=True))
    return calibrate.learn_calibration(counts, mean, alphas), used
