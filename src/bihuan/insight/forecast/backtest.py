"""Judge a forecaster on the past: rolling origins, and at every origin only what was known by then.

Pinball loss is averaged over the five levels .05 .25 .5 .75 .95 (Koenker & Bassett 1978); twice that mean approximates
the CRPS. Zero-heavy series reward "zero" under scaled absolute errors, hence pinball with bias and coverage as gates.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast.calibrate import LEVELS

Numbers = NDArray[np.float64]
Forecaster = Callable[[Numbers, int], tuple[Numbers, Numbers]]


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How good forecasts were.

    Args:
        pinball: Mean pinball loss over series, periods and the five levels; events.
        crps: Twice the pinball loss.
        coverage: Share of counts with q05 ≤ y ≤ q95.
        above: Share above q95.
        below: Share under q05.
        bias: Sum of means over sum of counts, minus 1.
        cells: Counts judged.
    """

    pinball: float
    crps: float
    coverage: float
    above: float
    below: float
    bias: float
    cells: int

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def pinball(counts: Numbers, quantiles: Numbers, levels: Numbers = LEVELS) -> Numbers:
    """Loss of each count at each level; `quantiles` has one more axis than `counts`, the levels.

    Source: Koenker & Bassett (1978), Econometrica 46:33.
    """
    error = counts[..., None] - quantiles
    return np.maximum(levels * error, (levels - 1) * error)


def score_forecasts(counts: Numbers, mean: Numbers, quantiles: Numbers) -> ForecastScore:
    """Score forecasts of shape (series, horizon) with quantiles (series, horizon, 5).

    Source: Gneiting & Raftery (2007), Journal of the American Statistical Association 102:359 (quantile score and
        CRPS).
    """
    loss = float(pinball(counts, quantiles).mean())
    above, below = float((counts > quantiles[..., -1]).mean()), float((counts < quantiles[..., 0]).mean())
    bias = float(mean.sum() / counts.sum() - 1) if counts.sum() else float("nan")
    return ForecastScore(loss, 2 * loss, 1 - above - below, above, below, bias, counts.size)


def score_rolling(
    counts: Numbers, origins: Iterable[int], horizon: int, forecaster: Forecaster, least: int = 8
) -> list[tuple[int, ForecastScore]]:
    """Score a forecaster at each origin.

    Args:
        counts: Shape (series, periods).
        origins: Number of periods known at each forecast.
        horizon: Periods ahead.
        forecaster: (known counts, horizon) → (mean, quantiles). It never sees what lies after the origin.
        least: Only series with at least this many events before the origin are judged.

    Source: Tashman (2000), International Journal of Forecasting 16:437 (rolling origins).
    """
    found = []
    for origin in origins:
        known = counts[:, :origin].copy()
        judged = known.sum(axis=1) >= least
        mean, quantiles = forecaster(known, horizon)
        truth = counts[judged, origin : origin + horizon]
        found.append((origin, score_forecasts(truth, mean[judged], quantiles[judged])))
    return found


def mean_score(scores: Iterable[ForecastScore]) -> ForecastScore:
    """Average of scores, weighted by counts judged; `bias` is the average of the absolute biases.

    Source: docs/topics/forecast.md, "How to judge them".
    """
    scores = list(scores)
    cells = np.array([s.cells for s in scores], dtype=np.float64)

    def average(values: list[float]) -> float:
        return float((np.array(values) * cells).sum() / cells.sum())

    loss = average([s.pinball for s in scores])
    above, below = average([s.above for s in scores]), average([s.below for s in scores])
    bias = average([abs(s.bias) for s in scores])
    return ForecastScore(loss, 2 * loss, 1 - above - below, above, below, bias, int(cells.sum()))
