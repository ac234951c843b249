"""Many series watched at once: which are higher today, or this week, than their own past allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bihuan.insight.topics.emerging.ears import BASELINE, GAP, ears
from bihuan.insight.topics.emerging.farrington import RECENT, YEAR, farrington
from bihuan.insight.topics.emerging.fdr import benjamini_hochberg

DAYS = BASELINE + GAP + 1
WEEKS = YEAR + RECENT + 1
POOLED = 21
"""From so many days on, series lend each other the shape of the week and how far days scatter."""
LONGEST = 56


@dataclass(frozen=True)
class SeriesSignal:
    """One series that stands out.

    Args:
        series: Its name.
        first, last: The days judged; equal for a single day.
        count: What came.
        usual: What its own past makes expect.
        p: How often as much comes by chance.
        q: Share of false alarms among all signals at least as strong (Benjamini & Hochberg).
        method: EARS C2 for a day of a young record, a pooled negative binomial from three weeks on, Farrington for
            weeks of a record of years.
    """

    series: str
    first: date
    last: date
    count: int
    usual: float
    p: float
    q: float
    method: Literal["ears", "pooled", "farrington"]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "first": self.first.isoformat(), "last": self.last.isoformat()}


def watch(
    names: Sequence[str], counts: NDArray[np.integer[Any]], start: date, share: float = 0.05
) -> list[SeriesSignal]:
    """The series whose last day — or last week, where the record spans years — stands out, strongest first.

    All series are judged at the same time, so the declared rate is that of false ones among the signals: at most
    `share` of them in the long run, and on most days of a district in which nothing changes there is none.

    Args:
        names: One per series.
        counts: Reports per day, shape (series, days), ≥ 0.
        start: The first day.
        share: Accepted share of false signals, between 0 and 1.

    Raises:
        ValueError: fewer than ten days, or a share outside (0, 1).

    Source: Benjamini & Hochberg (1995), over the p of each series; docs/topics/topics.md, "Months and alarms".
    """
    if not 0 < share < 1:
        raise ValueError(f"share {share}: a share of false signals lies between 0 and 1")
    days = counts.shape[1]
    if days < DAYS:
        raise ValueError(f"{days} days of record; a day is judged against the week before it: {DAYS} are needed")
    method: Literal["ears", "pooled", "farrington"] = "ears"
    if days >= 7 * WEEKS:
        method, judged = "farrington", [_week(row) for row in counts]
    elif days >= POOLED:
        method, judged = "pooled", _pooled(counts.astype(np.float64))
    else:
        judged = [_day(row) for row in counts]
    last = start + timedelta(days=days - 1)
    first = last - timedelta(days=6) if method == "farrington" else last
    q = benjamini_hochberg(np.array([p for _, _, p in judged]))
    found = [
        SeriesSignal(name, first, last, count, round(usual, 2), float(p), float(each), method)
        for name, (count, usual, p), each in zip(names, judged, q.tolist(), strict=True)
        if each <= share
    ]
    return sorted(found, key=lambda signal: (signal.p, signal.series))


def _day(row: NDArray[np.integer[Any]]) -> tuple[int, float, float]:
    recent = row[-DAYS:].astype(np.float64)
    return int(row[-1]), float(recent[:BASELINE].mean()), float(ears(recent).p[-1])


def _pooled(counts: NDArray[np.float64]) -> list[tuple[int, float, float]]:
    """The last day of each series against a negative binomial of its own mean.

    The mean is the series' own of up to eight weeks, with the gap of EARS C2, times the shape all series' week has.
    Its variance is m + m²(a + 1/k): how far days scatter beyond Poisson, a, is estimated over all series, for seven
    days of one tell little of it, and k reports tell the mean with a relative error of 1/√k.
    """
    past = counts[:, : -1 - GAP][:, -LONGEST:]
    length = past.shape[1]
    weekday = (np.arange(length) - length - GAP) % 7
    daily = past.sum(axis=0)
    shape = np.array(
        [(daily[weekday == d].sum() + 1) / ((weekday == d).sum() * (daily.mean() + 1 / 7)) for d in range(7)]
    )
    seen = past.sum(axis=1) + 0.5
    level = seen / shape[weekday].sum()
    expected = level[:, None] * shape[weekday]
    over = float(((past - expected) ** 2 - expected * (1 - 1 / length)).sum() / (expected**2).sum())
    usual = level * shape[0]
    size = 1 / (max(over, 0.0) + 1 / seen)
    p = stats.nbinom.sf(counts[:, -1] - 1, size, size / (size + usual))
    return list(zip(counts[:, -1].astype(int).tolist(), usual.tolist(), p.tolist(), strict=True))


def _week(row: NDArray[np.integer[Any]]) -> tuple[int, float, float]:
    whole = len(row) - len(row) % 7
    weeks = row[len(row) - whole :].reshape(-1, 7).sum(axis=1).astype(np.float64)
    bound = farrington(weeks, len(weeks) - 1)
    return int(weeks[-1]), float(bound.expected), float(bound.p)
