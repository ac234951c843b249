"""Which places will see most reports next week, and why.

Each cell's expectation comes from its decayed history, its neighbours (Gaussian kernels), its mix of types (every type
with its own memory and reach, fitted by non-negative least squares) and its latest days. LightGBM joins them when, on
weeks it has not seen, it ranks better than decayed history does, alone or blended; else decayed history stays.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.sparse import csr_matrix

from bihuan.insight.forecast import calibrate
from bihuan.insight.forecast.cells import Cells
from bihuan.insight.forecast.model import TooLittle
from bihuan.insight.forecast.spots import judge

Numbers = NDArray[np.float64]
MAX_WEEKS = 60
LEAST_WEEKS = 4
WARM = 3  # weeks before the first training origin
HELD = 4  # latest weeks that choose the ranking and set the intervals
TYPES = 33  # types with their own memory; the rest share one
TYPE_EVENTS = 150  # events a type needs for that
TREES = 120
SEEDS = 3
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
RANKINGS = ("decayed", "blend", "boosted")  # the simplest first: it wins a tie
REACHES = (0.7, 1.5, 4.0)  # kernel bandwidths, in sides of a cell


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

    cells: Cells
    week: date
    expected: Numbers
    low: Numbers
    high: Numbers
    rank: NDArray[np.intp]
    why: list[str]
    method: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Reports per cell, week and type; weeks of seven days counted back from the last day."""

    counts: Numbers  # (cells, weeks)
    typed: NDArray[np.float32]  # (types, cells, weeks)
    last_days: Numbers  # (cells, weeks): on the last three days of each week
    kernels: tuple[csr_matrix, ...]
    names: list[str]  # of the types with their own memory

    @property
    def number(self) -> int:
        """How many weeks."""
        return int(self.counts.shape[1])


def hotspots(
    cells: Cells,
    days: NDArray[np.datetime64],
    types: list[str] | None = None,
    *,
    until: date | None = None,
    seed: int = 0,
) -> HotSpots:
    """Rank the cells for the seven days after the last report (or from `until` on).

    Args:
        cells: From `cells.squares` or `cells.hexagons`, of all the reports.
        days: Local day of each report, datetime64[D]; NaT is left out.
        types: Type of each report; None treats all alike.
        until: Look only at reports before this day.
        seed: Of the boosting.

    Raises:
        TooLittle: fewer than four weeks.
    """
    numbers = days.astype("datetime64[D]").astype(np.int64)
    known = ~np.isnat(days) & (cells.of_report >= 0)
    if until:
        known &= days < np.datetime64(until, "D")
    if not known.any():
        raise TooLittle("no report has both a place and a time")
    first_ahead = int(np.datetime64(until, "D").astype(np.int64)) if until else int(numbers[known].max()) + 1
    weeks = _weeks(cells, numbers, known, first_ahead, types or [""] * len(days))
    expected, alpha, calibration, method = _solve(weeks, seed)
    bounds = calibration.quantiles(expected[:, None], alpha)[:, 0, :]
    order = np.argsort(-expected, kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(1, len(order) + 1)
    week = date(1970, 1, 1) + timedelta(days=first_ahead)
    return HotSpots(cells, week, expected, bounds[:, 0], bounds[:, -1], rank, _why(weeks), method)


def _weeks(
    cells: Cells, numbers: NDArray[np.int64], known: NDArray[np.bool_], first_ahead: int, types: list[str]
) -> Weeks:
    number = min(MAX_WEEKS, (first_ahead - int(numbers[known].min())) // 7)
    if number < LEAST_WEEKS:
        raise TooLittle(f"{number} whole weeks of reports; at least {LEAST_WEEKS} needed")
    ages = first_ahead - 1 - numbers
    kept = np.flatnonzero(known & (ages < 7 * number))
    week, place = number - 1 - ages[kept] // 7, cells.of_report[kept]
    names, codes = np.unique(np.array([types[i] for i in kept]), return_inverse=True)
    frequent = np.argsort(-np.bincount(codes), kind="stable")[:TYPES]
    own = [int(code) for code in frequent if (codes == code).sum() >= TYPE_EVENTS]
    slot = np.full(len(names), len(own), dtype=np.intp)
    slot[own] = np.arange(len(own))
    shape = (len(cells.ids), number)
    typed = np.zeros((len(own) + 1, *shape), dtype=np.float32)
    np.add.at(typed, (slot[codes], place, week), 1)
    last = np.zeros(shape)
    late = ages[kept] % 7 < 3
    np.add.at(last, (place[late], week[late]), 1)
    side = np.sqrt(cells.area * 1e6)
    kernels = tuple(cells.kernel(reach * side) for reach in REACHES)
    return Weeks(typed.sum(axis=0).astype(np.float64), typed, last, kernels, [str(names[c]) for c in own])


def _solve(weeks: Weeks, seed: int) -> tuple[Numbers, Numbers, calibrate.Calibration, dict[str, Any]]:
    """Expectation of the next week, dispersion, intervals, and what was used."""
    number = weeks.number
    held = [week for week in range(number - HELD, number) if week >= WARM + 4]
    typed = {week: _by_type(weeks, week) for week in range(WARM + 2, number + 1)}
    rows = {week: _features(weeks, week, found) for week, found in typed.items()}
    judged: dict[str, list[float]] = {name: [] for name in ("history", *RANKINGS)}
    parts: dict[str, list[Numbers]] = {name: [] for name in RANKINGS}
    for week in held:
        active = _active(weeks, week)
        truth = weeks.counts[active, week]
        guesses = _guesses(weeks, rows, week, seed)
        judged["history"].append(judge(weeks.counts[active, :week].sum(axis=1), truth).pei)
        for name, guess in guesses.items():
            judged[name].append(judge(guess[active], truth).pei)
            parts[name].append(np.stack([truth, guess[active]]))
    pei = {name: float(np.mean(found)) for name, found in judged.items() if found}
    use = max(RANKINGS, key=lambda name: pei[name]) if held else RANKINGS[0]
    expected = _guesses(weeks, rows, number, seed)[use] if held else _decayed(weeks, number)
    method = {"ranking": use, "weeks": number, "held_out_weeks": len(held)}
    method["held_out_pei"] = {name: round(value, 4) for name, value in pei.items()}
    if not held:
        return expected, np.full(len(expected), 0.3), calibrate.plain(), method
    truth, guess = np.concatenate(parts[use], axis=1)
    extra = ((truth - guess) ** 2 - guess).sum() / (guess**2).sum()
    alpha = float(np.clip(extra, 0.02, 5.0))
    calibration = calibrate.learn(truth, guess, np.full(len(guess), alpha))
    return expected, np.full(len(expected), alpha), calibration, method


def _guesses(weeks: Weeks, rows: dict[int, NDArray[np.float32]], week: int, seed: int) -> dict[str, Numbers]:
    """Expectation of `week` by each of RANKINGS."""
    decayed, boosted = _decayed(weeks, week), _boosted(weeks, rows, week, seed)
    return {"decayed": decayed, "blend": np.sqrt(decayed * boosted), "boosted": boosted}


def _active(weeks: Weeks, week: int) -> NDArray[np.bool_]:
    return np.asarray(weeks.counts[:, :week].sum(axis=1) > 0)


def _decayed(weeks: Weeks, week: int) -> Numbers:
    """Reports a week with a half-life of six weeks, a fifth of it from the neighbours."""
    own = _memory(weeks.counts[:, :week], 6.0)
    return np.asarray(0.8 * own + 0.2 * (weeks.kernels[0] @ own + own * 0.3) + 1e-3)


def _memory(counts: Numbers, half: float) -> Numbers:
    weights = 0.5 ** (np.arange(counts.shape[1])[::-1] / half)
    return np.asarray(counts @ weights / weights.sum(), dtype=np.float64)


def _by_type(weeks: Weeks, week: int) -> Numbers:
    """Expectation from every type's own memory and reach, learnt on the weeks before."""
    total = np.zeros(len(weeks.counts))
    origins = range(WARM, week)
    for kind in range(len(weeks.typed)):
        past = [_type_rows(weeks, kind, origin) for origin in origins]
        active = [_active(weeks, origin) for origin in origins]
        rows = np.concatenate([r[a] for r, a in zip(past, active, strict=True)])
        came = np.concatenate([weeks.typed[kind][a, o] for o, a in zip(origins, active, strict=True)])
        if not came.any():
            continue
        weight = 1 / np.sqrt(rows[:, 3] + rows[:, 5] + 0.02)  # counts vary as their mean
        found, _residual = nnls(rows * weight[:, None], came * weight)
        total += _type_rows(weeks, kind, week) @ found
    return total


def _type_rows(weeks: Weeks, kind: int, week: int) -> Numbers:
    past = weeks.typed[kind][:, :week].astype(np.float64)
    mean, all_kinds = past.mean(axis=1), weeks.counts[:, :week].mean(axis=1)
    columns = [past[:, -1], _memory(past, 2.0), _memory(past, 6.0), mean]
    columns += [kernel @ mean for kernel in weeks.kernels]
    columns += [weeks.kernels[0] @ past[:, -1], all_kinds - mean, weeks.kernels[1] @ all_kinds]
    return np.column_stack(columns)


def _features(weeks: Weeks, week: int, by_type: Numbers) -> NDArray[np.float32]:
    past = weeks.counts[:, :week]
    columns: list[Numbers] = [by_type]
    for half in (1.0, 2.0, 4.0, 8.0, 1e9):
        memory = _memory(past, half)
        columns.append(memory)
        if half in (2.0, 8.0, 1e9):
            columns += [kernel @ memory for kernel in weeks.kernels]
    mix = weeks.typed[:, :, :week].sum(axis=2, dtype=np.float64) / week
    share = mix / np.maximum(mix.sum(axis=0), 1e-9)
    recent = weeks.typed[:, :, max(0, week - 3) : week].sum(axis=(1, 2), dtype=np.float64) / min(3, week)
    trend = (recent + 0.5) / (mix.sum(axis=1) + 0.5)
    columns += [past[:, -1], past[:, -2], (past > 0).mean(axis=1), past.max(axis=1), past.var(axis=1)]
    columns += [trend @ mix, (share**2).sum(axis=0), (mix > 0).sum(axis=0).astype(np.float64)]
    columns += [weeks.last_days[:, week - 1], weeks.last_days[:, :week].mean(axis=1)]
    return np.column_stack(columns).astype(np.float32)


def _boosted(weeks: Weeks, rows: dict[int, NDArray[np.float32]], week: int, seed: int) -> Numbers:
    """Expectation of `week` learnt on the weeks before it; the average of a few seeds ranks more steadily than one."""
    import lightgbm

    origins = [o for o in rows if o < week]
    if not origins:
        return _decayed(weeks, week)
    active = {o: _active(weeks, o) for o in origins}
    known = np.concatenate([rows[o][active[o]] for o in origins])
    came = np.concatenate([weeks.counts[active[o], o] for o in origins])
    guesses = []
    for k in range(SEEDS):
        data = lightgbm.Dataset(known, came)
        model = lightgbm.train({**PARAMETERS, "seed": seed * SEEDS + k}, data, TREES)
        guesses.append(model.predict(rows[week], num_threads=1))
    return np.asarray(np.mean(guesses, axis=0), dtype=np.float64)


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
