"""Hours of air become days: means, the greatest 8-hour mean of ozone, both with the numbers of hours they need.

Everything is whole numbers: a mean is a sum over a count, rounded half to even once. Rows are placed into a day × hour
grid, so their order does not matter.
Source: HJ 663-2013 表1, GB 3095-2012 表4 (validity of data); HJ 633 (daily values).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.model import Column, Input, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.air import DIGITS, ITEMS, MISSING

DAILY = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
HOURS_OF_DAY, HOURS_OF_EIGHT, WINDOWS, OZONE = 20, 6, 14, 160
"""Valid hours a daily mean needs, an 8-hour mean needs, windows a day's maximum needs unless it exceeds `OZONE` µg/m³."""
_BEIJING, _HOUR, _DAY = 8 * 3600, 3600, 86400
_MICRO = 6
"""Hourly values are kept as whole millionths of their unit."""


class Days(NamedTuple):
    """Daily values: station names, int64[n] station and day since 1970, and per item whole evaluated values (-1: none)."""

    names: list[str]
    station: NDArray[np.int64]
    day: NDArray[np.int64]
    values: dict[str, NDArray[np.int64]]


def days_of(given: Given) -> Days:
    """The days of every station.

    Args:
        given: With the input `hours` and the options `hour_label` and `co_unit`.

    Source: HJ 663-2013 表1; GB 3095-2012 表4.
    """
    hours = _valid(given["hours"])
    names = sorted(set(hours["station"].words))
    place = {name: number for number, name in enumerate(names)}
    station = hours["station"].mapped(place.__getitem__, -1, np.int64)
    second = hours["time"].seconds() + _BEIJING - (_HOUR if given.option("hour_label") == "end" else 0)
    key = station * (1 << 32) + second // _DAY
    days, row = np.unique(key, return_inverse=True)
    hour = second % _DAY // _HOUR
    values = {}
    for item in DAILY:
        column = "o3" if item == "o3_8h" else item
        milli = given.option("co_unit") == "ug/m3" and item == "co"
        grid = np.full((len(days), 24), MISSING, dtype=np.int64)
        grid[row, hour] = hours[column].mapped(lambda text: int(Decimal(text).scaleb(_MICRO)), MISSING, np.int64)
        unit = 10**_MICRO * (1000 if milli else 1)
        values[item] = _ozone(grid, unit) if item == "o3_8h" else _mean(grid, unit, DIGITS.get(item, 0))
    return Days(names, days >> 32, days & 0xFFFFFFFF, values)


def _valid(hours: Table) -> Table:
    good = np.ones(len(hours), dtype=np.bool_)
    for column in ("pm25", "pm10", "so2", "no2", "co", "o3"):
        bad = hours[column].mapped(lambda text: float(text) < 0, False, np.bool_)
        for row in np.flatnonzero(bad & good).tolist():
            hours.refuse(row, column, "不得为负 · must not be negative", "留空表示缺测 · leave a missing value empty")
        good &= ~bad
    return hours if good.all() else hours.kept(good)


def _mean(grid: NDArray[np.int64], unit: int, digits: int) -> NDArray[np.int64]:
    known = grid >= 0
    count, total = known.sum(axis=1), np.where(known, grid, 0).sum(axis=1)
    return np.where(count >= HOURS_OF_DAY, half_even(total * 10**digits, np.maximum(count, 1) * unit), MISSING)


def _ozone(grid: NDArray[np.int64], unit: int) -> NDArray[np.int64]:
    """The greatest mean of eight hours ending at 8:00 … 24:00."""
    known = grid >= 0
    sums = _windows(np.where(known, grid, 0))
    counts = _windows(known.astype(np.int64))
    enough = counts >= HOURS_OF_EIGHT
    means = np.where(enough, sums * (840 // np.maximum(counts, 1)), MISSING)  # 840 is divided by 1…8: means stay whole
    best = means.max(axis=1)
    valid = (best >= 0) & ((enough.sum(axis=1) >= WINDOWS) | (best > OZONE * 840 * unit))
    return np.where(valid, half_even(np.maximum(best, 0), np.full(len(best), 840 * unit)), MISSING)


def _windows(grid: NDArray[np.int64]) -> NDArray[np.int64]:
    summed = np.concatenate([np.zeros((len(grid), 1), dtype=np.int64), grid.cumsum(axis=1)], axis=1)
    windows: NDArray[np.int64] = summed[:, 8:] - summed[:, :-8]
    return windows


def half_even(over: NDArray[np.int64], under: NDArray[np.int64]) -> NDArray[np.int64]:
    """The quotient of whole numbers, not negative, rounded half to even. Source: GB/T 8170-2008, 3.2."""
    whole, rest = np.divmod(over, under)
    up = (2 * rest > under) | ((2 * rest == under) & (whole % 2 == 1))
    rounded: NDArray[np.int64] = whole + up
    return rounded


def _value(name: str, zh: str, en: str) -> Column:
    return Column(name, zh, en, "decimal", required=False, absent=True, unit="µg/m³" if name != "co" else "co_unit")


HOURS = Input(
    "hours", "小时值", "Hours",
    (
        Column("station", "站点", "Station"), Column("time", "时间", "Hour", "instant"),
        _value("pm25", "细颗粒物", "PM2.5"), _value("pm10", "可吸入颗粒物", "PM10"), _value("so2", "二氧化硫", "SO2"),
        _value("no2", "二氧化氮", "NO2"), _value("co", "一氧化碳", "CO"), _value("o3", "臭氧", "O3"),
    ),
    unique=("station", "time"),
)  # fmt: skip
OPTIONS = (
    Option("hour_label", "小时标注", "Whether a time is the hour's start or end", "choice", choices=one_of(
        start="起始|Start", end="结束|End")),
    Option("co_unit", "一氧化碳单位", "Unit of CO", "choice", choices=(
        one_of(**{"ug/m3": "微克每立方米|µg/m³", "mg/m3": "毫克每立方米|mg/m³"}))),
)  # fmt: skip
assert set(DAILY) <= set(ITEMS)
