"""Root causes: what is really wrong, where, since when, until when: the truth that topics and forecasts must find."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bihuan.simulator.geography import Map
from bihuan.simulator.parameters import ComplaintKind, Parameters

DAY = 86_400


@dataclass
class Cause:
    """One root cause. Times are seconds since the epoch.

    `expected` is the number of reports it would bring if nobody mended it; `fixed_at` is set by the run when a unit
    truly mends it, and ends its reports.
    """

    id: int
    kind: int
    communities: tuple[int, ...]
    pick: int  # which of the community's places
    start: int
    end: int
    growing: bool
    expected: float
    fixable: bool
    fixed_at: int | None = None
    events: list[int] = field(default_factory=list)


def season_factor(kind: ComplaintKind, month_days: np.ndarray) -> np.ndarray:
    """Volume factors for days given as MMDD integers, shape (d,).

    Source: docs/topics/simulator.md, "The truth" (planted seasons)
    """
    if kind.season is None:
        return np.ones(len(month_days))
    low, high = (int(x.replace("-", "")) for x in (kind.season.from_, kind.season.to))
    inside = (month_days >= low) & (month_days <= high)
    if low > high:
        inside = (month_days >= low) | (month_days <= high)
    return np.where(inside, kind.season.factor, 1.0)


def draw_causes(
    kinds: tuple[ComplaintKind, ...],
    map_: Map,
    p: Parameters,
    start: int,
    days: int,
    per_day: float,
    month_days: np.ndarray,
    rng: np.random.Generator,
) -> list[Cause]:
    """Return the root causes of the period, with their expected volumes.

    Args:
        start: seconds since the epoch of the first midnight.
        days: length of the period.
        per_day: cases per day the district has in all.
        month_days: MMDD of every day, shape (days,).

    Source: docs/topics/simulator.md, "What is played" (root causes).
    """
    rules = p.causes
    number = max(3, round(rules.per_day_of_cases * per_day * max(days, 14) / 90))
    able = [i for i, k in enumerate(kinds) if k.cause is not None]
    seasonal = np.array([season_factor(kinds[i], month_days).mean() for i in able])
    weight = np.array([k.cause.weight for k in (kinds[i] for i in able) if k.cause is not None]) * seasonal
    at_risk = map_.population / map_.population.sum()
    chosen = rng.choice(able, size=number, p=weight / weight.sum())
    causes = []
    for n, kind in enumerate(chosen):
        causes.append(_one(n, int(kind), kinds[int(kind)], map_, at_risk, p, start, days, rng))
    total = sum(c.expected for c in causes)
    scale = rules.share * per_day * days / total
    for cause in causes:
        cause.expected *= scale
    return causes


def _one(
    n: int,
    kind: int,
    k: ComplaintKind,
    map_: Map,
    at_risk: np.ndarray,
    p: Parameters,
    start: int,
    days: int,
    rng: np.random.Generator,
) -> Cause:
    home = int(rng.choice(len(map_), p=at_risk))
    communities = [home]
    if rng.random() < p.causes.spread:
        communities += _neighbours(map_, home, int(rng.integers(1, 3)))
    length = max(3.0, rng.exponential(p.causes.mean_days))
    begin = start + (rng.random() * (days + 30) - 30) * DAY
    finish = min(begin + length * DAY, start + days * DAY)
    seen = max(0.0, finish - max(begin, start)) / DAY
    readiness = float(np.mean(map_.reporting[communities]))
    intensity = float(rng.lognormal(0.0, 0.8)) * readiness
    fixable = k.cause is not None and bool(rng.random() < k.cause.fixable)
    return Cause(
        id=n,
        kind=kind,
        communities=tuple(communities),
        pick=int(rng.integers(0, 6)),
        start=int(begin),
        end=int(finish),
        growing=bool(rng.random() < p.causes.growing),
        expected=intensity * (seen + 0.5),
        fixable=fixable,
    )


def _neighbours(map_: Map, home: int, number: int) -> list[int]:
    d2 = (map_.lon_e6 - map_.lon_e6[home]).astype(float) ** 2 + (map_.lat_e6 - map_.lat_e6[home]).astype(float) ** 2
    return [int(i) for i in np.argsort(d2, kind="stable")[1 : number + 1]]
