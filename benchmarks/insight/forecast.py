"""Forecasts and hot spots beside seasonal naive, weekday mean, CrostonSBA and AutoETS on the same held-out days.

The last 14 days of the file are the held-out split: nothing was chosen by them. Loss is the pinball loss averaged over
the levels .05 .25 .5 .75 .95, reported twice itself (an approximate CRPS), which is the definition under which the
stated baselines come out (8-week weekday mean .335). Every peer gives means; they get the negative binomial of the
closed form around them, without our calibration, because none of them has an interval for counts.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.insight.row import Row
from bihuan.cli.frames import read_frame
from bihuan.insight.forecast import backtest, cells, daykinds, forecast, hotspots, negbin
from bihuan.insight.forecast.bayes import DAILY, fit_series
from bihuan.insight.forecast.calibrate import LEVELS
from bihuan.insight.forecast.panel import DailyCounts, count_series, local_days
from bihuan.insight.forecast.spots import judge_ranking

FILE = "service_requests/boston_2011_07_10.csv.gz"
ZONE = "America/New_York"
HORIZON, LEAST = 14, 8
PLACEHOLDER = (-71.0587, 42.3594)  # the city hall: records without a place of their own

Numbers = NDArray[np.float64]


def rows(shared: Path | None, quick: bool) -> Iterator[Row]:
    """All rows; without shared data only those about speed."""
    if shared is not None and (shared / "data" / FILE).exists():
        frame = read_frame(shared / "data" / FILE, "boston")
        days = local_days(frame.times("time", ZONE), ZONE)
        named = np.array([bool(cell.strip()) for cell in frame.strings("neighborhood")])
        columns = [
            [c for c, n in zip(frame.strings(name), named, strict=True) if n] for name in ("neighborhood", "type")
        ]
        yield from _daily(count_series(days[named], columns))
        yield from _weekly(count_series(days, [frame.strings("type")]))
        yield from _spots(frame.numbers("lon"), frame.numbers("lat"), days, frame.strings("type"), quick)
    yield from _speed(quick)


def _daily(counted: DailyCounts) -> Iterator[Row]:
    counts = counted.counts.astype(np.float64)
    origin = counts.shape[1] - HORIZON
    past, judged = counts[:, :origin], counts[:, :origin].sum(axis=1) >= LEAST
    truth = counts[judged, origin:]
    ours = forecast(past, counted.start, HORIZON, groups=counted.groups, holidays=daykinds.federal_holidays, country="")
    mine = backtest.score_forecasts(truth, ours.mean[judged], ours.quantiles[judged])
    kinds = daykinds.day_kinds(counted.start, counts.shape[1], daykinds.federal_holidays)
    alpha = fit_series(past, kinds, counted.groups, DAILY).alpha
    means = peers(past[judged])
    scored = {name: _wrapped(truth, mean, alpha[judged]) for name, mean in means.items()}
    split = (
        f"{judged.sum()} series with ≥ {LEAST} reports before, last {HORIZON} days, cut {counted.start} + {origin} d"
    )
    twice: dict[str, float | None] = {name: s.crps for name, s in scored.items()}
    yield Row("forecast", "2 × pinball, 5 levels", mine.crps, twice, "≤ .305", mine.crps <= 0.305, split)
    ratio = mine.pinball / scored["weekday mean"].pinball
    others: dict[str, float | None] = {n: s.pinball / scored["weekday mean"].pinball for n, s in scored.items()}
    note = "free of the definition: .305 / .335"
    yield Row("forecast", "pinball / 8-week weekday mean", ratio, others, "≤ .910", ratio <= 0.910, note)
    held: dict[str, float | None] = {name: s.coverage for name, s in scored.items()}
    good = 0.88 <= mine.coverage <= 0.92
    yield Row("forecast", "coverage of q05–q95", mine.coverage, held, ".88–.92", good, split)
    biases: dict[str, float | None] = {name: s.bias for name, s in scored.items()}
    yield Row("forecast", "bias of the sum", mine.bias, biases, "≤ .05", abs(mine.bias) <= 0.05, split)
    yield _ets(past[judged], truth, alpha[judged], ours.mean[judged], ours.quantiles[judged])


def peers(past: Numbers) -> dict[str, Numbers]:
    """Means of the peers that take little time, shape (series, horizon) each."""
    from statsforecast.models import CrostonSBA, SeasonalNaive

    weeks = min(8, past.shape[1] // 7)
    weekday = past[:, -7 * weeks :].reshape(len(past), weeks, 7).mean(axis=1)
    found = {"weekday mean": np.tile(weekday, (1, HORIZON // 7))}
    for name, model in (("seasonal naive", SeasonalNaive(7)), ("CrostonSBA", CrostonSBA())):
        found[name] = _each(past, lambda series, model=model: model.forecast(y=series, h=HORIZON)["mean"])
    return found


def _ets(past: Numbers, truth: Numbers, alpha: Numbers, mean: Numbers, quantiles: Numbers) -> Row:
    """AutoETS on every series; our mean in the same plain negative binomial is told beside it."""
    from statsforecast.models import AutoETS

    begun = time.process_time()
    theirs = _each(past, lambda series: AutoETS(season_length=7).forecast(y=series, h=HORIZON)["mean"])
    spent = time.process_time() - begun
    ets, plain = _wrapped(truth, theirs, alpha), _wrapped(truth, mean, alpha)
    loss = 2 * float(backtest.pinball(truth, quantiles).mean())
    note = f"{len(past)} series, {spent:.0f} CPU s; ours uncalibrated {plain.crps:.4f}; its coverage {ets.coverage:.3f}"
    return Row(
        "forecast", "2 × pinball beside AutoETS", loss, {"AutoETS": ets.crps}, "< AutoETS", loss < ets.crps, note
    )


def _each(past: Numbers, one: Callable[[Numbers], Numbers]) -> Numbers:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.maximum(np.stack([one(series) for series in past]), 0.0)


def _wrapped(truth: Numbers, mean: Numbers, alpha: Numbers) -> backtest.ForecastScore:
    return backtest.score_forecasts(truth, mean, negbin.quantiles(mean[..., None], alpha[:, None, None], LEVELS))


def _weekly(counted: DailyCounts) -> Iterator[Row]:
    """Four weeks ahead by type; the file is too short for eight."""
    horizon, counts = 4, counted.counts.astype(np.float64)
    origin = counts.shape[1] - 7 * horizon
    past, judged = counts[:, :origin], counts[:, :origin].sum(axis=1) >= LEAST
    truth = counts[judged, origin:].reshape(int(judged.sum()), horizon, 7).sum(axis=2)
    ours = forecast(past, counted.start, horizon, "W", groups=counted.groups)
    mine = backtest.score_forecasts(truth, ours.mean[judged], ours.quantiles[judged])
    flat = np.repeat(past[judged, -56:].sum(axis=1)[:, None] / 8, horizon, axis=1)
    peer = _wrapped(truth, flat, np.full(len(flat), 0.2))
    note = f"{judged.sum()} types, last {horizon} weeks; coverage {mine.coverage:.3f}, bias {mine.bias:+.3f}"
    figures: dict[str, float | None] = {"8-week mean": peer.crps}
    yield Row("forecast", "2 × pinball, weekly", mine.crps, figures, "< mean", mine.crps < peer.crps, note)


def _spots(lon: Numbers, lat: Numbers, days: NDArray[np.datetime64], types: list[str], quick: bool) -> Iterator[Row]:
    """Eight weeks, each forecast from what came before it only: one or two weeks are mostly chance."""
    lon = np.where((np.abs(lon - PLACEHOLDER[0]) < 1e-6) & (np.abs(lat - PLACEHOLDER[1]) < 1e-6), np.nan, lon)
    end = days[~np.isnat(days)].max() + 1
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "history": [], "decayed": []}
    inside: list[float] = []
    back = (1, 2) if quick else (1, 2, 3, 4, 5, 6, 7, 8)
    for week in back:
        for name, hits in _one_week(lon, lat, days, types, end - 7 * week, inside).items():
            found[name].append((hits[0], hits[1]))
    for label, part in (("last 2 weeks", slice(0, 2)), ("last 8 weeks", slice(0, 8))):
        if part.stop > len(back):
            continue
        pai, pei = ({n: float(np.mean([h[k] for h in hits[part]])) for n, hits in found.items()} for k in (0, 1))
        gain = pei["ours"] / pei["history"] - 1
        others: dict[str, float | None] = {n: pei[n] for n in ("history", "decayed")}
        note = (
            f"{label}, 250 m squares, top 5 %: {gain:+.1%} over history; PAI {pai['ours']:.2f} / {pai['history']:.2f}"
        )
        yield Row("hotspots", "PEI", pei["ours"], others, "history +10 %", gain >= 0.10, note)
    covered = float(np.mean(inside))
    yield Row("hotspots", "coverage of q05–q95", covered, {}, ".88–.92", 0.88 <= covered <= 0.92, f"{len(back)} weeks")


def _one_week(
    lon: Numbers, lat: Numbers, days: NDArray[np.datetime64], types: list[str], cut: np.datetime64, inside: list[float]
) -> dict[str, tuple[float, float]]:
    before = days < cut
    squares = cells.square_cells(np.where(before, lon, np.nan), np.where(before, lat, np.nan))
    until = date.fromisoformat(str(cut))
    ours = hotspots(squares, days, types, until=until)
    coming = cells.square_cells(lon, lat)
    place = {name: i for i, name in enumerate(squares.ids)}
    index = np.array([place.get(name, -1) for name in coming.ids])
    ahead = (days >= cut) & (days < cut + 7) & (coming.of_report >= 0)
    where = index[coming.of_report[ahead]]
    truth = np.bincount(where[where >= 0], minlength=len(place)).astype(np.float64)
    elsewhere = float((where < 0).sum())
    inside.append(float(((ours.low <= truth) & (truth <= ours.high)).mean()))
    seen = before & (squares.of_report >= 0)
    age = (cut - days[seen]).astype(np.int64)
    history = np.bincount(squares.of_report[seen], minlength=len(place)).astype(np.float64)
    decayed = np.bincount(squares.of_report[seen], weights=0.5 ** (age / 42), minlength=len(place))
    ranked = {"ours": ours.expected, "history": history, "decayed": decayed}
    judged = {name: judge_ranking(scores, truth, elsewhere=elsewhere) for name, scores in ranked.items()}
    return {name: (hits.pai, hits.pei) for name, hits in judged.items()}


def _speed(quick: bool) -> Iterator[Row]:
    """Drawn counts, 123 days, 14 ahead, in one process on one core."""
    spent: dict[int, float] = {}
    for series in (1_000, 10_000) if quick else (1_000, 10_000, 100_000):
        rng = np.random.default_rng(1)
        rate = rng.gamma(0.4, 1.2, series)[:, None] * np.array([1.2, 1.1, 1.1, 1.1, 1.0, 0.5, 0.4])[np.arange(123) % 7]
        groups = (np.arange(series) % 30, np.arange(series) % 101)
        begun = time.process_time()
        forecast(rng.poisson(rate), date(2026, 6, 1), HORIZON, groups=groups)
        spent[series] = time.process_time() - begun
    growth = ", ".join(f"{series:,}: {seconds:.1f}" for series, seconds in spent.items())
    yield Row(
        "forecast",
        "CPU s, 10,000 series",
        spent[10_000],
        {},
        "< 60",
        spent[10_000] < 60,
        f"one core; CPU s by series {growth}",
    )
