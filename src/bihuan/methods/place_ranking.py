"""Places ranked by what was measured every day, with the ranks that each may truly have.

In: daily values of stations in places; a place's day is the mean of its stations. Weather is common to all, so places are
compared day by day: for each pair the mean of the differences on common days, its error from their spread and from the
day's memory of the day before (effective number of days). A rank's ends count the places that are better, or worse, than
chance explains at `level`, shared out over all places that one is compared with; places whose ends overlap are not told
apart. With fewer than `minimum` of the days a place is shown and not ranked. `best`: whether little or much is good.
Out: a row for each place, by rank. Means to two decimals from exact sums; errors in floats. Places² · days.
Source: M. Mogstad, J. Romano, A. Shaikh, D. Wilhelm (2024), Inference for Ranks, Review of Economic Studies 91(1);
C. E. P. Brooks, N. Carruthers (1953) on the effective number of days; HJ 663-2013 表1 (three quarters of the data).
Compared with: planted means under common weather, where the ends hold the true rank (tests/methods/test_place_ranking.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

SCALE, LEAST_COMMON, MEMORY = 1_000, 5, 0.9
"""Thousandths; days that two places must share to be told apart; the most that a day may remember of the day before."""
type Floats = NDArray[np.float64]


class PlaceDays(NamedTuple):
    """float64[places, days] value of each place and calendar day, NaN for none; names by row."""

    names: list[str]
    values: Floats


def rank_places(given: Given) -> Answer:
    """Ranks and their ends.

    Source: Mogstad, Romano, Shaikh & Wilhelm (2024).
    """
    places = days_of_places(given["days"])
    size, length = places.values.shape
    if not size:
        return Answer({column.name: [] for column in METHOD.output}, facts={"places": 0, "ranked": 0, "days": 0})
    sign = 1.0 if given.option("best") == "low" else -1.0
    known = (~np.isnan(places.values)).sum(axis=1)
    ranked = known >= float(Decimal(str(given.option("minimum")))) * length
    means = np.nanmean(places.values, axis=1)
    chance = 1 - float(Decimal(str(given.option("level"))))
    better, worse = _told_apart(places.values[ranked] * sign, chance)
    order = sorted(range(size), key=lambda row: (not ranked[row], sign * means[row], places.names[row]))
    spot = {int(row): place for place, row in enumerate(np.flatnonzero(ranked).tolist())}
    shown = np.round(means, 2)
    rows = [_row(places, row, known[row], means[row], chance) for row in order]
    for row, told in zip(order, rows, strict=True):
        if row in spot:
            equals = sign * shown[ranked] < sign * shown[row]
            told |= {"rank": int(equals.sum()) + 1, "best": int(better[spot[row]]) + 1,
                     "worst": int(ranked.sum() - worse[spot[row]])}  # fmt: skip
    columns: dict[str, Any] = {column.name: [told.get(column.name) for told in rows] for column in METHOD.output}
    return Answer(columns, facts={"places": size, "ranked": int(ranked.sum()), "days": length})


def _row(places: PlaceDays, row: int, known: int, mean: float, chance: float) -> dict[str, Any]:
    values = places.values[row]
    error, free = _error(values)
    reach = float(_quantile(chance / 2, free)) * error
    return {
        "place": places.names[row], "days": int(known), "capture": f"{100 * known / len(values):.1f}",
        "mean": f"{mean:.2f}", "low": f"{mean - reach:.2f}", "high": f"{mean + reach:.2f}",
    }  # fmt: skip


def days_of_places(table: Table) -> PlaceDays:
    """Return the mean of a place's stations for every calendar day between the first and the last.

    Source: rules of this method in its module docstring.
    """
    if not len(table):
        return PlaceDays([], np.zeros((0, 0)))
    texts, day = table["place"].text(), table["date"].days()
    names = sorted(set(texts))
    code = {name: number for number, name in enumerate(names)}
    row, column = np.array([code[text] for text in texts]), (day - day.min()).astype(np.int64)
    total = np.zeros((len(names), int(column.max()) + 1), dtype=np.int64)
    count = np.zeros_like(total)
    value = table["value"].scaled(3)
    np.add.at(total, (row, column), value)
    np.add.at(count, (row, column), 1)
    return PlaceDays(names, np.where(count > 0, total / np.maximum(count, 1) / SCALE, np.nan))


def _told_apart(values: Floats, chance: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place: how many are surely better (less), how many surely worse."""
    size = len(values)
    better, worse = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for one in range(size):
        for other in range(size):
            if one == other:
                continue
            apart = values[one] - values[other]
            error, free = _error(apart)
            if (~np.isnan(apart)).sum() < LEAST_COMMON:
                continue
            reach = float(_quantile(chance / (2 * (size - 1)), free)) * error
            mean = float(np.nanmean(apart))
            better[one] += mean > reach
            worse[one] += mean < -reach
    return better, worse


def _error(values: Floats) -> tuple[float, float]:
    """The error of a mean of days that remember the day before, and its degrees of freedom."""
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return float("inf"), 1.0
    left = values - known.mean()
    pairs = left[1:] * left[:-1]
    near = pairs[~np.isnan(pairs)]
    spread = float((known - known.mean()) @ (known - known.mean())) / len(known)
    memory = min(max(float(near.mean()) / spread, 0.0), MEMORY) if len(near) and spread > 0 else 0.0
    days = max(len(known) * (1 - memory) / (1 + memory), 2.0)
    return float(known.std(ddof=1) / np.sqrt(days)), days - 1


def _quantile(tail: float, free: float) -> float:
    from scipy import stats

    return float(stats.t.isf(tail, free))


METHOD = Method(
    name="place-ranking",
    zh="按逐日数值排名（含名次区间）",
    en="Places ranked by daily values, with rank intervals",
    inputs=(
        Input(
            "days", "逐日数值", "Daily values",
            (
                Column("place", "地点", "Place"), Column("date", "日期", "Day", "date"),
                Column("value", "数值", "Value", "decimal"),
            ),
        ),
    ),
    options=(
        Option("best", "以何为优", "Which end is good", "choice", "low", choices=one_of(low="低|Low", high="高|High")),
        Option("minimum", "最低数据占比", "Least share of days to be ranked", "decimal", "0.75"),
        Option("level", "置信水平", "Level of the intervals", "decimal", "0.95"),
    ),
    output=(
        Column("rank", "名次", "Rank", "number", required=False),
        Column("place", "地点", "Place"),
        Column("mean", "均值", "Mean", "decimal"),
        Column("low", "下限", "Lower end", "decimal", required=False),
        Column("high", "上限", "Upper end", "decimal", required=False),
        Column("best", "可能最好名次", "Best rank it may have", "number", required=False),
        Column("worst", "可能最差名次", "Worst rank it may have", "number", required=False),
        Column("days", "有效天数", "Days with a value", "number"),
        Column("capture", "数据捕获率（%）", "Data capture in percent", "decimal"),
    ),
    facts=(
        AnswerKey("places", "地点数", "Places", {"type": "integer"}),
        AnswerKey("ranked", "参加排名数", "Places ranked", {"type": "integer"}),
        AnswerKey("days", "期间天数", "Days of the period", {"type": "integer"}),
    ),
    key=("place",),
    run=rank_places,
    source="Mogstad et al. (2024); HJ 663-2013 表1",
    peer="planted means under common weather",
    error="intervals hold the true rank at their level or above",
    cost="places² · days",
)  # fmt: skip
