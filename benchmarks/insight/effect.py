"""Effect: a seeded Monte Carlo on real counts in which nobody intervened, beside the usual wrong answers.

World: the counts of the shared service requests per cell (or cell × type) and week. One replicate re-samples the units,
picks a start, chooses the hottest units by the four weeks before it — a real selection on past counts — and treats
them: in half of the replicates nothing happens, in half each treated event is prevented with probability .2. Without
shared data the world is drawn (gamma rates drifting from month to month).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.insight.row import Row
from bihuan.insight.effect import Design, Panel, estimate

FILE = "service_requests/boston_2011_07_10.csv.gz"
WEEKS, SELECTION, PREVENTED = 17, 4, 0.2
DEFAULT_POINT = (42.3594, -71.0587)  # the city hall: records without a place of their own


@dataclass(frozen=True)
class World:
    """Weekly counts of units in which nobody intervened."""

    name: str
    counts: NDArray[np.float64]
    stratum: NDArray[Any]


@dataclass(frozen=True)
class Play:
    """One replicate: what happened, who was treated, who was held out, when."""

    counts: NDArray[np.float64]
    stratum: tuple[str, ...]
    treated: NDArray[np.bool_]
    holdout: NDArray[np.bool_]
    start: int
    selection: tuple[int, ...]


def boston(shared: Path, typed: bool) -> World:
    """Cells of about .7 km² (H3 resolution 8) × type, or cells of .1 km² (resolution 9)."""
    import duckdb
    import h3

    table = duckdb.sql(
        "select date_diff('day', date '2011-07-01', open_dt::date) as day, type, latitude, longitude "
        f"from read_csv('{shared / 'data' / FILE}') where latitude is not null "
        f"and not (round(latitude, 4) = {DEFAULT_POINT[0]} and round(longitude, 4) = {DEFAULT_POINT[1]})"
    ).fetchnumpy()
    size = 8 if typed else 9
    cells = [h3.latlng_to_cell(a, b, size) for a, b in zip(table["latitude"], table["longitude"], strict=True)]
    names = np.array([f"{c}|{t if typed else ''}" for c, t in zip(cells, table["type"], strict=True)])
    units, index = np.unique(names, return_inverse=True)
    week = table["day"] // 7
    inside = (week >= 0) & (week < WEEKS)
    counts = np.zeros((len(units), WEEKS))
    np.add.at(counts, (index[inside], week[inside]), 1)
    return World("cells × type" if typed else "cells", counts, np.array([u.split("|")[1] for u in units]))


def drawn(typed: bool, seed: int = 7) -> World:
    """Without shared data: gamma rates whose logs drift, one growth per type."""
    rng = np.random.default_rng(seed)
    n, types = (4000, 20) if typed else (1000, 1)
    kind = rng.integers(0, types, n)
    level = rng.gamma(0.4, 1.6 if not typed else 0.5, n)
    drift = np.cumsum(rng.normal(0, 0.08, (n, WEEKS)), axis=1)
    trend = rng.normal(0, 0.02, types)[kind][:, None] * np.arange(WEEKS)
    counts = rng.poisson(level[:, None] * np.exp(drift + trend)).astype(float)
    return World("drawn cells × type" if typed else "drawn cells", counts, kind.astype(str))


def play(world: World, hot: int, half: bool, prevented: float, seed: int) -> Play:
    """Select the hottest `hot` units on the weeks before a random start; treat them all, or a random half."""
    rng = np.random.default_rng(seed)
    take = rng.integers(0, len(world.counts), len(world.counts))
    counts, begin = world.counts[take].copy(), int(rng.integers(3, 9))
    window = tuple(range(begin, begin + SELECTION))
    heat = counts[:, list(window)].sum(axis=1) + 0.01 * rng.random(len(counts))
    chosen = np.argsort(-heat)[:hot]
    treated, holdout = np.zeros(len(counts), bool), np.zeros(len(counts), bool)
    drawn_ = rng.permutation(chosen)[: hot // 2] if half else chosen
    treated[drawn_] = True
    holdout[chosen] = ~treated[chosen]
    start = begin + SELECTION
    inside = np.ix_(treated, range(start, WEEKS))
    counts[inside] = rng.binomial(counts[inside].astype(int), 1 - prevented)
    return Play(counts, tuple(world.stratum[take].tolist()), treated, holdout, start, window)


def ours(told: bool = True, strata: bool = False) -> Callable[[Play], tuple[float, bool] | None]:
    """Our estimate (rate ratio − 1) and whether its interval leaves out zero; None when refused."""

    def run(p: Play) -> tuple[float, bool] | None:
        panel = Panel(
            tuple(str(i) for i in range(len(p.counts))),
            tuple(str(i) for i in range(WEEKS)),
            p.counts,
            np.where(p.treated, p.start, WEEKS),
            holdout=p.holdout if p.holdout.any() else None,
            stratum=p.stratum if strata else None,
        )
        fit = estimate(panel, Design(selection=p.selection if told else None, permutations=499), seed=1).fit
        return None if fit is None else (math.expm1(fit.log_ratio), fit.significant)

    return run


def before_after(p: Play) -> tuple[float, bool]:
    """The month after against the month of the selection."""
    after = p.counts[p.treated][:, p.start : p.start + SELECTION].mean()
    before = p.counts[p.treated][:, list(p.selection)].mean()
    return float(after / before - 1), True


def two_way(poisson: bool) -> Callable[[Play], tuple[float, bool]]:
    """Two-way fixed effects over all units and weeks, clustered by unit (pyfixest)."""

    def run(p: Play) -> tuple[float, bool]:
        import pandas as pd
        import pyfixest as pf

        n = len(p.counts)
        frame = pd.DataFrame(
            {
                "y": p.counts.ravel(),
                "unit": np.repeat(np.arange(n), WEEKS),
                "week": np.tile(np.arange(WEEKS), n),
                "d": (p.treated[:, None] & (np.arange(WEEKS) >= p.start)).ravel().astype(float),
            }
        )
        fit = (pf.fepois if poisson else pf.feols)("y ~ d | unit + week", frame, vcov={"CRV1": "unit"})
        change = float(fit.coef()["d"])
        low, high = fit.confint().loc["d"].to_numpy()
        if poisson:
            return math.expm1(change), bool(low > 0 or high < 0)
        after = p.counts[p.treated][:, p.start :].mean()
        return change / max(after - change, 1e-9), bool(low > 0 or high < 0)

    return run


@dataclass(frozen=True)
class Score:
    """Over the replicates, in points: mean estimate without and with an effect; share of alarms of each; refusals."""

    null: float
    effect: float
    false: float
    power: float
    refused: float


def score(
    world: World, hot: int, half: bool, run: Callable[[Play], tuple[float, bool] | None], times: int, seed: int
) -> Score:
    """Replicate `times` with and without an effect."""
    found: dict[float, list[tuple[float, bool] | None]] = {0.0: [], PREVENTED: []}
    for prevented, answers in found.items():
        for i in range(times):
            answers.append(run(play(world, hot, half, prevented, 10_000 * seed + i)))
    given = {k: [a for a in v if a is not None] for k, v in found.items()}

    def mean(k: float, part: int) -> float:
        return float(np.mean([a[part] for a in given[k]])) if given[k] else math.nan

    refused = 1 - sum(map(len, given.values())) / (2 * times)
    return Score(100 * mean(0.0, 0), 100 * mean(PREVENTED, 0), mean(0.0, 1), mean(PREVENTED, 1), refused)


def rows(shared: Path | None, quick: bool) -> Iterator[Row]:
    """The table; `quick` replicates less."""
    times, peer_times = (60, 5) if quick else (400, 30)
    for typed in (False, True):
        world = boston(shared, typed) if shared else drawn(typed)
        hot = 200 if typed else 100
        yield from _design(world, hot, True, ours(strata=typed), times, peer_times, "randomised hold-out")
        yield from _design(world, hot, False, ours(strata=typed), times, peer_times, "never-hot controls")
        if typed:
            yield from _design(world, hot, False, ours(), times, 0, "never-hot, types not told")
        else:
            yield from _design(world, hot, False, ours(told=False), times, 0, "never-hot, window not told")


def _design(
    world: World,
    hot: int,
    half: bool,
    run: Callable[[Play], tuple[float, bool] | None],
    times: int,
    peer_times: int,
    name: str,
) -> Iterator[Row]:
    got = score(world, hot, half, run, times, 1)
    others = {"before-after": before_after, "two-way OLS": two_way(False), "two-way Poisson": two_way(True)}
    peers = {k: score(world, hot, half, f, peer_times, 1) for k, f in others.items()} if peer_times else {}
    about = f"{name}, {world.name}, hottest {hot}, {times} replicates, refused {got.refused:.0%}"

    def row(metric: str, value: float, part: str, target: str, passed: bool, shift: float = 0.0) -> Row:
        beside: dict[str, float | None] = {k: round(getattr(s, part) + shift, 3) for k, s in peers.items()}
        return Row("effect", f"{metric} — {name}, {world.name}", round(value, 3), beside, target, passed, about)

    bias = got.effect + 100 * PREVENTED
    yield row("bias at 0 %, points", got.null, "null", "|·| ≤ 2", abs(got.null) <= 2)
    yield row("bias at −20 %, points", bias, "effect", "|·| ≤ 2", abs(bias) <= 2, 100 * PREVENTED)
    yield row("false positives", got.false, "false", "≤ .05", got.false <= 0.05)
    yield row("power at −20 %", got.power, "power", "≥ .80", got.power >= 0.8)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for line in rows(folder, quick="--quick" in sys.argv):
        print(line.metric, line.ours, line.peers, line.target, "pass" if line.passed else "MISSED", "|", line.note)
