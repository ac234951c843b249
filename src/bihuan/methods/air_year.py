"""The evaluation of a year (or any days): valid days, mean, percentile of each item, composite index, good days.

In: hours as for `air-days`, days `from`…`to`, both included. A year of an item is valid with 324 days, 27 in each month
(25 in February); the percentile of the table lies between ranks 1 + (n − 1)·p of the rounded daily values. Composite:
Σ weight · C / limit over six items, C the mean (CO its P95, O3 its P90) rounded like daily values; limits, weights and
percentiles are the table `air.year` of the last day. Good (≤ 100) and heavy (> 200) days count complete days only.
Out: a row for each station; JSON: the city's mean of the stations' means. Fractions until the last three decimals.
Source: HJ 663-2013 §5–6 and 附录A; HJ 663-2026; table `air.year`.
Compared with: Beijing's stations of 2014 and 2015, and percentiles of 1…365 (tests/methods/test_air.py).
"""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.methods.air_days import index_days
from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Method, Option
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts import air
from bihuan.methods.parts.air_days import DAILY, HOURS, OPTIONS, days_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.quantities import fixed_text, fraction_of

_EPOCH = date(1970, 1, 1)
YEAR_DAYS, MONTH_DAYS, FEBRUARY_DAYS = 324, 27, 25
GOOD, HEAVY = 100, 200
SHOWN = 3


def evaluate_year(given: Given) -> Answer:
    """The evaluation of every station.

    Source: HJ 663-2013 §5–6; table `air.year`.
    """
    first, last = date.fromisoformat(given.option("from")), date.fromisoformat(given.option("to"))
    days = days_of(given)
    table = method_rules().table("air.year", last)
    rules = {item: table.lookup(item=item) for item in DAILY}
    found = index_days(days)
    aqi = np.where(found.state == air.OK, found.aqi, air.MISSING)
    complete = np.all([days.values[item] >= 0 for item in DAILY], axis=0)
    within = (days.day >= (first - _EPOCH).days) & (days.day <= (last - _EPOCH).days)
    rows = []
    means: dict[str, list[Fraction]] = {item: [] for item in DAILY}
    for place, name in enumerate(days.names):
        mine = np.flatnonzero(within & (days.station == place))
        if not len(mine):
            continue
        row: dict[str, Any] = {"station": name}
        composite: Fraction | None = Fraction(0)
        for item in DAILY:
            valid = mine[days.values[item][mine] >= 0]
            scale = 10 ** air.DIGITS.get(item, 0)
            values = [Fraction(value, scale) for value in sorted(days.values[item][valid].tolist())]
            mean, high = _mean(values), _percentile(values, Fraction(int(str(rules[item]["percentile"])), 100))
            row[f"{item}_days"] = len(values)
            row[f"{item}_valid"] = "yes" if _enough(days.day[valid], first, last) else "no"
            row[f"{item}_mean"] = "" if mean is None else fixed_text(mean, SHOWN)
            row[f"{item}_p"] = "" if high is None else fixed_text(high, SHOWN)
            value = mean if rules[item]["by"] == "mean" else high
            if mean is not None:
                means[item].append(mean)
            if value is None or composite is None:
                composite = None
                continue
            evaluated = Fraction(round(value * scale), scale)  # half to even, like daily values
            composite += int(str(rules[item]["weight"])) * evaluated / fraction_of(rules[item]["limit"], "limit")
        row["composite"] = "" if composite is None else fixed_text(composite, SHOWN)
        whole = aqi[mine[complete[mine]]]
        row |= {
            "complete_days": len(whole),
            "good_days": int((whole <= GOOD).sum()),
            "heavy_days": int((whole > HEAVY).sum()),
        }
        rows.append(row)
    city = {
        item: None if not values else float(fixed_text(sum(values) / len(values), SHOWN))
        for item, values in means.items()
    }
    names = [column.name for column in METHOD.output]
    columns = {name: [row.get(name, "") for row in rows] for name in names if rows}
    editions = {"air.year": table.meta.edition}
    return Answer(columns or {name: [] for name in names}, facts={"city": city}, editions=editions)


def _mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def _percentile(values: list[Fraction], share: Fraction) -> Fraction | None:
    """Of sorted values. Source: HJ 663-2013 附录A.1."""
    if not values:
        return None
    place = (len(values) - 1) * share
    below = place.numerator // place.denominator
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _enough(days: NDArray[np.int64], first: date, last: date) -> bool:
    """Whether every whole month and every whole year of the span has the days it needs."""
    counts = Counter(day_text(day)[:7] for day in days.tolist())
    month = first.replace(day=1)
    while month <= last:
        end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        if month >= first and end <= last:
            needed = FEBRUARY_DAYS if month.month == 2 else MONTH_DAYS
            if counts[month.isoformat()[:7]] < needed:
                return False
        month = end + timedelta(days=1)
    years = [y for y in range(first.year, last.year + 1) if first <= date(y, 1, 1) and date(y, 12, 31) <= last]
    return all(sum(n for key, n in counts.items() if key.startswith(str(year))) >= YEAR_DAYS for year in years)


_NAMES = {
    "pm25": "细颗粒物",
    "pm10": "可吸入颗粒物",
    "so2": "二氧化硫",
    "no2": "二氧化氮",
    "co": "一氧化碳",
    "o3_8h": "臭氧 8 小时",
}
METHOD = Method(
    name="air-year",
    zh="空气质量年评价",
    en="Yearly evaluation of ambient air",
    inputs=(HOURS,),
    options=(*OPTIONS, Option("from", "起", "First day", "date"), Option("to", "止", "Last day", "date")),
    output=(
        Column("station", "站点", "Station"),
        *(
            column
            for item, zh in _NAMES.items()
            for column in (
                Column(f"{item}_days", f"{zh}有效日数", f"Valid days of {item}", "number"),
                Column(f"{item}_valid", f"{zh}是否有效", f"Whether the year of {item} is valid", "yes_no"),
                Column(f"{item}_mean", f"{zh}均值", f"Mean of {item}", "decimal", required=False),
                Column(f"{item}_p", f"{zh}百分位数", f"Percentile of {item}", "decimal", required=False),
            )
        ),
        Column("composite", "综合指数", "Composite index", "decimal", required=False),
        Column("complete_days", "六项齐全日数", "Complete days", "number"),
        Column("good_days", "优良天数", "Good days", "number"), Column("heavy_days", "重污染天数", "Heavy days", "number"),
    ),
    facts=(AnswerKey("city", "全市均值", "Mean of the stations' means by item", {"type": "object"}),),
    key=("station",),
    run=evaluate_year,
    source="HJ 663-2013; HJ 663-2026",
    peer="Beijing's stations of 2014 and 2015",
    error="exact until the last three decimals",
)  # fmt: skip
