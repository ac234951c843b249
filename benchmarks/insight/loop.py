"""The closed loop in the played district, where the truth is known: causes, effects, alarms, recurrence."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.server.settings")

from benchmarks.insight.row import Row
from bihuan.insight.effect import Effect
from bihuan.loop.facts import LoopFacts
from bihuan.prevention.effects import PlacedReports, judge_plans
from bihuan.rules.intervals import wilson
from bihuan.simulator.stage import Stage
from bihuan.simulator.town import Plan, Town, draw_truth
from bihuan.simulator.visits import STATED, WEEK, Prevention, Visits
from tests.simulator.causes import precision

END = datetime(2026, 11, 22, 10, tzinfo=UTC)
EPOCH = date(1970, 1, 1)
DAY = 86_400
RECURS = 30 * DAY
PLANTED = Prevention(effect=0.2, capacity=60, holdout=0.4)
NOTHING = Prevention(effect=0.0, capacity=60, holdout=0.4)


def rows(_shared: Path | None, quick: bool) -> Iterator[Row]:
    """Everything in the model district of 29 sub-districts; no file is read."""
    yield _causes(2 if quick else 10)
    yield from _effects(12 if quick else 80)
    yield _alarms()
    yield _recurrence(2 if quick else 6)


@cache
def stage() -> Stage:
    """The shipped district with the flagship programme."""
    from tests.loop.district import book, programme, registers

    return Stage(registers(), programme(), "request", LoopFacts(registers(), book(), END, "seed"), END)


def _causes(seeds: int) -> Row:
    """Of the ten best-ranked topics, how many have most of their members from one planted cause."""
    found = [precision(stage(), seed, END) for seed in range(1, seeds + 1)]
    mean = float(np.mean(found))
    reach = _student(seeds - 1) * float(np.std(found, ddof=1)) / math.sqrt(seeds)
    each = ", ".join(f"{p:.1f}" for p in found)
    note = f"{seeds} districts of 60 days with about 6,000 cases, each: {each}; 95 % interval of the mean ± {reach:.2f}"
    return Row("loop", "planted root causes, precision@10", mean, {}, "≥ .8", mean >= 0.8, note)


def _effects(worlds: int) -> Iterator[Row]:
    """Weekly plans with a waiting list over 24 weeks, judged from the reports alone."""
    for planted, name in ((NOTHING, "no effect planted"), (PLANTED, "−20 % planted")):
        found = [_judged(100 + seed, planted) for seed in range(worlds)]
        known = [(effect, truth) for effect, truth in found if effect.fit is not None]
        ratios = np.array([effect.fit.log_ratio - math.log1p(-truth) for effect, truth in known if effect.fit])
        bias = 100 * (1 - planted.effect) * math.expm1(float(np.mean(ratios)))
        error = 100 * (1 - planted.effect) * float(np.std(ratios)) / math.sqrt(len(ratios))
        covered = np.mean([_covers(effect, truth) for effect, truth in known])
        significant = float(np.mean([effect.fit.significant for effect, _ in known if effect.fit]))
        note = f"{worlds} districts, 60 visits a week, 40 % wait; {worlds - len(known)} refused; covered {covered:.0%}"
        metric = f"bias in points (± {2 * error:.1f}), {name}"
        yield Row("loop", metric, bias, {}, "|x| ≤ 2", abs(bias) <= 2, note)
        if planted.effect:
            yield Row("loop", "power at −20 %", significant, {}, "≥ .8", significant >= 0.8, note)
        else:
            chance = wilson(round(significant * len(known)), len(known))
            note += f"; 95 % interval {chance.low:.3f} … {chance.high:.3f}"
            yield Row("loop", "false positives", significant, {}, "≤ .05", significant <= 0.05, note)


def _judged(seed: int, planted: Prevention) -> tuple[Effect, float]:
    truth = draw_truth(stage(), Plan(168, seed, END, 222.0))
    visits = Visits(planted, truth.start, truth.stream, truth.map, seed)
    visits.alone()
    kept = visits.came & (truth.stream.place == STATED)
    start = int(truth.start.timestamp())
    days = (truth.stream.at[kept] - start) // DAY + (truth.start.date() - EPOCH).days
    cells = np.array(visits.cells.ids)[visits.cells.of_report[kept]].tolist()
    empty = [""] * len(cells)
    found, _ = judge_plans(visits.plans, PlacedReports(cells, empty, empty, days), END.date())
    return found, float(visits.truth()["share_spared"])


def _covers(effect: Effect, truth: float) -> bool:
    low, high = effect.interval or (math.nan, math.nan)
    return low <= -100 * truth <= high


def _alarms() -> Row:
    """EARS C2 at a declared rate of one in a hundred days on communities whose rates never change."""
    from bihuan.insight.topics.emerging import ears

    truth = draw_truth(stage(), Plan(7, 1, END, 222.0))
    pressure = truth.map.population * truth.map.reporting
    rate = 222.0 * pressure / pressure.sum()
    counts = np.random.default_rng(5).poisson(rate[:, None], (len(rate), 365)).astype(float)
    alarms = np.concatenate([ears(series, "C2", alpha=0.01).alarm[10:] for series in counts])
    share, size = float(alarms.mean()), len(alarms)
    margin = 1.96 * math.sqrt(max(share, 1e-4) * (1 - share) / size)
    note = f"{len(rate)} communities × 355 days of constant rates; ± {margin:.4f}"
    return Row("loop", "alarms per stream-day, declared .01", share, {}, "≤ .01", share + margin <= 0.01, note)


def _recurrence(seeds: int) -> Row:
    """Complaints that come back at their place within 30 days: with weekly visits, and the same district without."""
    ratios = []
    for seed in range(1, seeds + 1):
        with_visits, without = (_recurring(seed, planted) for planted in (PLANTED, None))
        ratios.append(math.log(with_visits / without))
    mean, error = float(np.mean(ratios)), float(np.std(ratios, ddof=1)) / math.sqrt(seeds)
    reach = _student(seeds - 1) * error
    low, high = (100 * math.expm1(mean + side * reach) for side in (-1, 1))
    change = 100 * math.expm1(mean)
    note = f"{seeds} districts of 112 days played whole, pairs of one seed; 95 % interval {low:.1f} … {high:.1f}"
    return Row("loop", "recurring complaints against no prevention, %", change, {}, "< 0", high < 0, note)


def _recurring(seed: int, planted: Prevention | None) -> int:
    """Cases after the first eight weeks with an earlier one of their kind in their cell within 30 days."""
    town = Town(stage(), Plan(112, seed, END, 60.0, planted))
    for _ in town.steps():
        pass
    stream = town.truth.stream
    came = np.array(sorted(town.truth.happened), dtype=np.int64)
    visits = Visits(NOTHING, town.truth.start, stream, town.truth.map, seed)  # for the cells only
    key: NDArray[np.int64] = visits.cells.of_report[came].astype(np.int64) * 1000 + stream.kind[came]
    order = np.lexsort((stream.at[came], key))
    again = (np.diff(key[order]) == 0) & (np.diff(stream.at[came][order]) <= RECURS)
    late = stream.at[came][order][1:] >= int(town.truth.start.timestamp()) + NOTHING.after_weeks * WEEK
    return int((again & late).sum())


def _student(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, freedom))


if __name__ == "__main__":
    for row in rows(None, "--quick" in sys.argv):
        print(row, flush=True)
