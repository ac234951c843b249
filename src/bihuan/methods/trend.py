"""Whether a series rises or falls: Mann–Kendall with ties, by season where asked, and Sen's slope.

In: any table; options name the columns of the series, its time (year, month or day) and its value. `original` takes all
pairs of values; `seasonal` those of equal season of `period` in a year (12: months), so that what comes every summer is no
trend. Values that are not there are left out, not guessed; `0.05L` takes part with half.
Out: S, z with continuity correction, two-sided p, trend at 5 %, median slope in units a year. Signs of S are exact.
Cost: n² a series in pieces of one row.
Source: Mann (1945), Kendall (1975), Hirsch, Slack & Smith (1982), Sen (1968).
Compared with: pymannkendall 1.4.3, original and seasonal (tests/methods/test_water.py).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.types import field_type
from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table

MONTHS = 12
ALPHA = 0.05
DAYS_A_YEAR = 365.25
LONGEST = 20_000
AT_ONCE = 200
"""Points of a series whose pairs are all held at once."""
_DATES = {4: "year", 7: "month", 10: "day"}
RESULT = field_type("laboratory")


class DatedValue(NamedTuple):
    """A value at a time: years as float for slopes, months since year 0 for seasons, the text for duplicates."""

    years: float
    month: int
    value: Fraction


def find_trends(given: Given) -> Answer:
    """The trend of every series.

    Source: Mann (1945); Kendall (1975); Hirsch, Slack & Smith (1982); Sen (1968).
    """
    seasonal, period = given.option("method") == "seasonal", int(given.option("period"))
    if seasonal and (period < 1 or MONTHS % period):
        return Answer(
            _nothing(), {"refused": f"{period}: a season is a month or several: 1, 2, 3, 4, 6 or 12 in a year"}
        )
    rows = []
    for name, points in _series(given).items():
        if len(points) > LONGEST:
            rows.append({"series": name, "n": len(points)})
            continue
        rows.append({"series": name, **_told(points, MONTHS // period if seasonal else 0)})
    names = [column.name for column in METHOD.output]
    return Answer({each: [row.get(each, "") for row in rows] for each in names})


def _nothing() -> dict[str, list[Any]]:
    return {column.name: [] for column in METHOD.output}


def _series(given: Given) -> dict[str, list[DatedValue]]:
    """The points of each series in the order of time; wrong and doubled rows are rejected."""
    table = given["series"]
    columns = {}
    for name in ("by", "time", "value"):
        wanted = given.option(name)
        if wanted not in table.others:
            for row in range(len(table)):
                table.refuse(row, wanted, "没有这一列 · no such column", f"--option {name}=列名 · the column's name")
            return {}
        columns[name] = table.others[wanted].text()
    found: defaultdict[str, dict[str, DatedValue]] = defaultdict(dict)
    rows = zip(columns["by"], columns["time"], columns["value"], strict=True)
    for row, (name, time, value) in enumerate(rows):
        mine = found[name]
        point = _point(table, row, given, time, value)
        if point is None:
            continue
        if time in mine:
            table.refuse(
                row,
                given.option("time"),
                "同一序列同一时间重复 · this time was given before",
                "每个时间留一行 · keep one row",
            )
            continue
        mine[time] = point
    return {name: sorted(points.values()) for name, points in sorted(found.items())}


def _point(table: Table, row: int, given: Given, time: str, value: str) -> DatedValue | None:
    """The point of a row; None for no value and for a row that is rejected."""
    placed = _placed(time)
    if placed is None:
        table.refuse(
            row,
            given.option("time"),
            "应为年、年月或日期 · must be a year, a month or a day",
            "如 2024、2024-07、2024-07-01",
        )
        return None
    if not value:
        return None
    if (wrong := _wrong(value)) is not None:
        table.refuse(row, given.option("value"), f"{wrong}", "更正或留空 · correct it or leave it out")
        return None
    return DatedValue(*placed, _exact(value))


@lru_cache(maxsize=100_000)
def _placed(time: str) -> tuple[float, int] | None:
    """Years and months of a text; None for what is no year, month or day."""
    kind = _DATES.get(len(time))
    if kind is None:
        return None
    try:
        day = date.fromisoformat(f"{time}-01-01"[:10] if kind == "year" else f"{time}-01"[:10])
    except ValueError:
        return None
    months = day.year * MONTHS + day.month - 1
    years = {"year": float(day.year), "month": months / MONTHS, "day": day.toordinal() / DAYS_A_YEAR}[kind]
    return years, months


@lru_cache(maxsize=100_000)
def _wrong(value: str) -> Any:
    return RESULT.check(value, METHOD.output[0], None)  # type: ignore[arg-type]


@lru_cache(maxsize=100_000)
def _exact(value: str) -> Fraction:
    return Fraction(exact_result(value))


def _told(points: list[DatedValue], season_months: int) -> dict[str, Any]:
    """Everything about one series. season_months: months that a season lasts; 0 for no seasons."""
    groups: defaultdict[int, list[DatedValue]] = defaultdict(list)
    for point in points:
        groups[point.month % MONTHS // season_months if season_months else 0].append(point)
    total, variance, pairs = 0, Fraction(0), 0
    slopes: list[NDArray[np.float64]] = []
    for each in groups.values():
        total += _signs(each)
        variance += _variance([point.value for point in each])
        slopes.append(_slopes(each))
        pairs += len(each) * (len(each) - 1) // 2
    z = 0.0 if not total or not variance else (total - math.copysign(1, total)) / math.sqrt(variance)
    p = math.erfc(abs(z) / math.sqrt(2))
    steps = np.concatenate(slopes) if slopes else np.empty(0)
    return {
        "n": len(points),
        "trend": ("increasing" if z > 0 else "decreasing") if p < ALPHA else "no trend",
        "s": total,
        "z": f"{z:.6f}",
        "p": f"{p:.9f}",
        "tau": f"{total / pairs:.6f}" if pairs else "",
        "sen_per_year": f"{np.median(steps):.9f}" if len(steps) else "",
    }


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of every pair of so many points, the earlier and the later."""
    return np.triu_indices(count, 1)


def _ranks(points: list[DatedValue]) -> NDArray[np.int64]:
    place = {value: n for n, value in enumerate(sorted({point.value for point in points}))}
    return np.array([place[point.value] for point in points], dtype=np.int64)


def _signs(points: list[DatedValue]) -> int:
    """S: pairs that rise less pairs that fall, on exact ranks."""
    ranks = _ranks(points)
    if len(points) <= AT_ONCE:
        earlier, later = _pairs(len(points))
        return int(np.sign(ranks[later] - ranks[earlier]).sum())
    return sum(int(np.sign(ranks[n + 1 :] - ranks[n]).sum()) for n in range(len(ranks) - 1))


def _variance(values: list[Fraction]) -> Fraction:
    """The variance of S under no trend, less what ties take. Source: Kendall (1975)."""

    def part(size: int) -> int:
        return size * (size - 1) * (2 * size + 5)

    ties = sum(part(size) for size in Counter(values).values())
    return Fraction(part(len(values)) - ties, 18)


def _slopes(points: list[DatedValue]) -> NDArray[np.float64]:
    """The slope of every pair at different times, in units a year."""
    times = np.array([point.years for point in points])
    values = np.array([float(point.value) for point in points])
    if len(points) <= AT_ONCE:
        first, second = _pairs(len(points))
        apart = times[second] - times[first]
        held = apart > 0
        return np.asarray((values[second] - values[first])[held] / apart[held])
    found = []
    for n in range(len(points) - 1):
        apart = times[n + 1 :] - times[n]
        later = apart > 0
        found.append((values[n + 1 :] - values[n])[later] / apart[later])
    return np.concatenate(found) if found else np.empty(0)


METHOD = Method(
    name="trend",
    zh="趋势检验",
    en="Trend of series",
    inputs=(Input("series", "序列", "Series", (), open=True),),
    options=(
        Option("method", "检验", "Test", "choice", default="original", choices=one_of(
            original="Mann–Kendall 检验|Mann–Kendall", seasonal="季节 Mann–Kendall 检验|Seasonal Mann–Kendall")),
        Option("period", "每年季节数", "Seasons in a year", "count", default="12"),
        Option("by", "序列列", "Column of the series", default="series"),
        Option("time", "时间列", "Column of the time", default="time"),
        Option("value", "数值列", "Column of the value", default="value"),
    ),
    output=(
        Column("series", "序列", "Series"), Column("n", "数值个数", "Values", "count"),
        Column("trend", "趋势", "Trend", required=False, note="increasing, decreasing or no trend, at 5 %"),
        Column("s", "统计量S", "S", "number", required=False), Column("z", "标准化统计量", "z", "real", required=False),
        Column("p", "显著性", "p, two-sided", "real", required=False), Column("tau", "肯德尔秩相关", "Kendall's tau", "real", required=False),
        Column("sen_per_year", "年变化量（Sen）", "Sen's slope a year", "real", required=False),
    ),
    key=("series",),
    run=find_trends,
    source="Mann (1945); Kendall (1975); Hirsch, Slack & Smith (1982); Sen (1968)",
    peer="pymannkendall 1.4.3",
    error="slopes as float64, S exact",
    cost="n²",
)  # fmt: skip
