"""Which places will see most reports next week, and why.

Four rankings compete on the latest weeks, each judged only by what was known before: plain history, the steady picture
(`weeks.steady_picture`), boosting that starts from it (`cellboost`), and their geometric mean. One is used only when it
caught more there than plain history did; else plain history stays.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast import calibrate
from bihuan.insight.forecast.cellboost import LEARNT, Learner, build_learner
from bihuan.insight.forecast.cells import GridCells
from bihuan.insight.forecast.model import TooLittle
from bihuan.insight.forecast.spots import judge_ranking
from bihuan.insight.forecast.weeks import Numbers, Weeks, count_weeks, mean_history

HELD = 8  # latest weeks that choose the ranking and set the intervals
RANKINGS = ("history", "steady", "blend", "boosted")  # the simplest first: it wins a tie


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Next week's places, in the order of `cells`.

    Args:
        cells: The cells ranked.
        week: First day of the week ahead.
        expected: Reports expected, shape (cells,).
        low, high: Calibrated 90 % interval, shape (cells,).
        rank: 1 is hottest, shape (cells,).
        why: A sentence per cell, zh · en.
        method: Which ranking was used and how it did on the weeks held out.
    """

    cells: GridCells
    week: date
    expected: Numbers
    low: Numbers
    high: Numbers
    rank: NDArray[np.intp]
    why: list[str]
    method: dict[str, Any] = field(default_factory=dict)


def hotspots(
    cells: GridCells,
    days: NDArray[np.datetime64],
    types: list[str] | None = None,
    *,
    until: date | None = None,
    seed: int = 0,
) -> HotSpots:
    """Rank the cells for the seven days after the last report (or from `until` on).

    Args:
        cells: From `cells.square_cells` or `cells.hexagon_cells`, of all the reports.
        days: Local day of each report, datetime64[D]; NaT is left out.
        types: Type of each report; None treats all alike.
        until: Look only at reports before this day.
        seed: Of the boosting.

    Raises:
        TooLittle: fewer than four weeks.

    Source: docs/adr/0105 (Hot spots); docs/topics/forecast.md.
    """
    numbers = days.astype("datetime64[D]").astype(np.int64)
    known = ~np.isnat(days) & (cells.of_report >= 0)
    if until:
        known &= days < np.datetime64(until, "D")
    if not known.any():
        raise TooLittle("no report has both a place and a time")
    first_ahead = int(np.datetime64(until, "D").astype(np.int64)) if until else int(numbers[known].max()) + 1
    weeks = count_weeks(cells, numbers, known, first_ahead, types or [""] * len(days))
    expected, alpha, calibration, method = _solve(weeks, seed)
    bounds = calibration.quantiles(expected[:, None], alpha)[:, 0, :]
    order = np.argsort(-expected, kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(1, len(order) + 1)
    week = date(1970, 1, 1) + timedelta(days=first_ahead)
    return HotSpots(cells, week, expected, bounds[:, 0], bounds[:, -1], rank, _why(weeks), method)


def _solve(weeks: Weeks, seed: int) -> tuple[Numbers, Numbers, calibrate.TailCalibration, dict[str, Any]]:
    """Expectation of the next week, dispersion, intervals, and what was used."""
    number = weeks.number
    held = [week for week in range(number - HELD, number) if week > LEARNT]
    method: dict[str, Any] = {"ranking": RANKINGS[0], "weeks": number, "held_out_weeks": len(held)}
    if not held:
        expected = mean_history(weeks, number)
        return expected, np.full(len(expected), 0.3), calibrate.nominal_calibration(), method | {"held_out_pei": {}}
    learnt = build_learner(weeks, len(held))
    pei: dict[str, list[float]] = {name: [] for name in RANKINGS}
    parts: dict[str, list[Numbers]] = {name: [] for name in RANKINGS}
    for week in held:
        active = weeks.active(week)
        truth = weeks.counts[active, week]
        for name, guess in _guesses(learnt, week, seed).items():
            pei[name].append(judge_ranking(guess[active], truth).pei)
            parts[name].append(np.stack([truth, guess[active]]))
    use = _best(pei)
    method |= {"ranking": use, "held_out_pei": {name: round(float(np.mean(p)), 4) for name, p in pei.items()}}
    expected = _guesses(learnt, number, seed)[use]
    truth, guess = np.concatenate(parts[use], axis=1)
    extra = ((truth - guess) ** 2 - guess).sum() / (guess**2).sum()
    alpha = float(np.clip(extra, 0.02, 5.0))
    calibration = calibrate.learn_calibration(truth, guess, np.full(len(guess), alpha))
    return expected, np.full(len(expected), alpha), calibration, method


def _best(pei: dict[str, list[float]]) -> str:
    """The ranking that caught most on average; plain history unless another caught more."""
    return max(RANKINGS, key=lambda name: float(np.nanmean(pei[name])))


def _guesses(learnt: Learner, week: int, seed: int) -> dict[str, Numbers]:
    """Expectation of `week` by each of RANKINGS."""
    plain, calm, boosted = mean_history(learnt.weeks, week), learnt.start[week], learnt.boosted(week, seed)
    return {"history": plain, "steady": calm, "blend": np.sqrt(calm * boosted), "boosted": boosted}


def _why(weeks: Weeks) -> list[str]:
    """What speaks for each cell: lately, in the long run, its main type, its neighbours."""
    lately, usual = weeks.counts[:, -4:].mean(axis=1), weeks.counts.mean(axis=1)
    around, everywhere = weeks.kernels[1] @ lately, float((weeks.kernels[1] @ lately).mean())
    named = weeks.typed[:-1].sum(axis=2) if weeks.names else np.zeros((1, len(lately)))
    top, total = named.argmax(axis=0), np.maximum(weeks.counts.sum(axis=1), 1)
    found = []
    for i in range(len(lately)):
        zh = f"近四周每周 {lately[i]:.1f} 件，平时 {usual[i]:.1f} 件"
        en = f"{lately[i]:.1f} a week lately, {usual[i]:.1f} usually"
        share = float(named[top[i], i] / total[i])
        if weeks.names and weeks.names[top[i]] and share >= 0.2:
            zh += f"；多为 {weeks.names[top[i]]} {share:.0%}"
            en += f"; mostly {weeks.names[top[i]]} {share:.0%}"
        if everywhere and around[i] > 2 * everywhere:
            zh, en = zh + "；周边也多", en + "; busy all around"
        found.append(f"{zh} · {en}")
    return found
