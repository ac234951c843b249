"""Air quality in columns: index of each pollutant, index of the day or hour, what is primary, whether it is published.

Concentrations are whole numbers of their last evaluated digit (µg/m³; tenths of mg/m³ for CO), so the linear formula is
exact: IAQI = ⌈(Ih − Il)·(C − Bl)/(Bh − Bl)⌉ + Il on integers. No float takes part.
Source: HJ 633-2012 §4 and HJ 633-2026 §4 (table `air.iaqi.*`, edition by the day of the observation).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.tables import RuleTable

ITEMS = ("pm25", "pm10", "so2", "no2", "co", "o3_8h", "o3_1h")
DIGITS = {"co": 1}
"""Decimals to which a concentration is evaluated; none for the others."""
MISSING = -1
NEW = "2026"
_EPOCH = date(1970, 1, 1)
_DAILY = ("pm25_24h", "pm10_24h", "so2_24h", "no2_24h", "co_24h", "o3_8h", "o3_1h")
_HOURLY = ("pm25_24h", "pm10_24h", "so2_1h", "no2_1h", "co_1h", "", "o3_1h")
_LEVELS = np.array([50, 100, 150, 200, 300])
OK, NOT_PUBLISHED, NO_DATA = 0, 1, 2
STATES = ("ok", "not_published", "no_data")


class Breaks(NamedTuple):
    """The line of one pollutant: uppermost concentrations of its pieces, inclusive, and the index at each; `above`."""

    lows: NDArray[np.int64]
    highs: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    above: int


class Indices(NamedTuple):
    """Of every row: int64[7, n] indices by `ITEMS` (-1 for none), the greatest (-1 for none), and its state."""

    each: NDArray[np.int64]
    aqi: NDArray[np.int64]
    state: NDArray[np.int64]


def _table(item: str, day: date) -> RuleTable:
    return method_rules().table("air.iaqi.co" if item.startswith("co") else "air.iaqi.mass", day)


@cache
def edition_on(day: date) -> str:
    """The edition of the index in force on a day. Source: HJ 633 (the day of the observation decides)."""
    return _table("pm25_24h", day).meta.edition


@cache
def _breaks(item: str, edition_day: date) -> Breaks:
    scale = 10 ** DIGITS.get(item.partition("_")[0], 0)
    pieces, above = [], 0
    for row in _table(item, edition_day).rows:
        if row.key != (item,) or row.bounds is None:
            continue
        if "iaqi" in row.linear:
            start, end = row.linear["iaqi"]
            pieces.append((row.bounds.low * scale, row.bounds.high * scale, start, end))
        else:
            above = int(str(row.constants["iaqi"]))
    lows, highs, starts, ends = (
        np.array([int(x) for x in column], dtype=np.int64) for column in zip(*pieces, strict=True)
    )
    return Breaks(lows, highs, starts, ends, above)


def index_of(breaks: Breaks, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The index of whole concentrations; -1 for a missing one.

    Source: HJ 633-2012 §4.2.
    """
    place = np.searchsorted(breaks.highs, values)  # the first piece whose upper end is not below the value
    inside = np.minimum(place, len(breaks.highs) - 1)
    rise = (breaks.ends[inside] - breaks.starts[inside]) * (values - breaks.lows[inside])
    span = breaks.highs[inside] - breaks.lows[inside]
    index = breaks.starts[inside] - (-rise // span)
    index = np.where(place == len(breaks.highs), breaks.above, index)
    return np.where(values < 0, MISSING, index)


def indices_of(days: NDArray[np.int64], hourly: NDArray[np.bool_], values: dict[str, NDArray[np.int64]]) -> Indices:
    """Every index of every row.

    Args:
        days: Days since 1970, which choose the edition. hourly: Whether a row is an hour's report.
        values: Whole concentrations by item, -1 where there is none.

    Raises:
        NoRuleError: no edition is in force on a day.

    Source: HJ 633-2012 §4, HJ 633-2026 §4.
    """
    size = len(days)
    each = np.full((len(ITEMS), size), MISSING, dtype=np.int64)
    new = np.zeros(size, dtype=np.bool_)
    for day in np.unique(days).tolist():  # few distinct editions, many days: the first day of each stands for it
        on = _EPOCH + timedelta(days=day)
        new[days == day] = edition_on(on) == NEW
    for edition_new in (False, True):
        for hour in (False, True):
            rows = np.flatnonzero((new == edition_new) & (hourly == hour))
            if len(rows):
                _fill(each, rows, _EPOCH + timedelta(days=int(days[rows[0]])), hour, edition_new, values)
    aqi = each.max(axis=0, initial=MISSING)
    six = np.delete(each, [ITEMS.index("o3_1h")], axis=0)
    six = np.where(hourly, np.delete(each, [ITEMS.index("o3_8h")], axis=0), six)
    few = (six >= 0).sum(axis=0) < len(six)
    state = np.where(aqi < 0, NO_DATA, np.where(new & few & (aqi <= 100), NOT_PUBLISHED, OK))
    return Indices(each, aqi, state)


def _fill(
    each: NDArray[np.int64],
    rows: NDArray[np.int64],
    on: date,
    hour: bool,
    new: bool,
    values: dict[str, NDArray[np.int64]],
) -> None:
    for place, item in enumerate(_HOURLY if hour else _DAILY):
        if item and ITEMS[place] in values and not (new and not hour and item == "o3_1h"):
            each[place, rows] = index_of(_breaks(item, on), values[ITEMS[place]][rows])


def level_of(aqi: NDArray[np.int64]) -> NDArray[np.int64]:
    """The level, 1 to 6, of an index. Source: HJ 633 §4.3."""
    level: NDArray[np.int64] = np.searchsorted(_LEVELS, aqi) + 1
    return level


def primary_of(found: Indices) -> list[str]:
    """The pollutants with the greatest index, when it is above 50, joined by `|`. Source: HJ 633 §4.4."""
    top = (found.each == found.aqi) & (found.aqi > 50) & (found.state == OK)
    bits = (top * (1 << np.arange(len(ITEMS)))[:, None]).sum(axis=0)
    names = ["|".join(item for bit, item in enumerate(ITEMS) if code >> bit & 1) for code in range(1 << len(ITEMS))]
    return [names[code] for code in bits.tolist()]


def texts_of(values: NDArray[np.int64], digits: int = 0) -> list[str]:
    """Whole numbers of the last digit as text, "" for a missing one."""
    if not digits:
        return ["" if value < 0 else str(value) for value in values.tolist()]
    scale = 10**digits
    return ["" if v < 0 else f"{v // scale}.{v % scale:0{digits}}" for v in values.tolist()]


def no_day(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which days are missing."""
    missing: NDArray[np.bool_] = days == NO_DAY
    return missing
