"""The air quality index of a day or an hour in the edition of its date: index of each pollutant, level, primary.

In: concentrations in µg/m³ (CO mg/m³), of a daily report (24-hour means, O3 as the day's greatest 8-hour mean) or an
hourly one. They are rounded half to even first (CO one decimal, the others none); above the last breakpoint the index is
500 (SO2-1h 200, O3-8h 300). In the edition of 2026 fewer than six items and an index up to 100 are not published.
Out: indices, greatest index, level 1–6, primary pollutants (above 50, all ties), state. Exact. Linear.
Source: HJ 633-2012; HJ 633-2026 (tables `air.iaqi.mass`, `air.iaqi.co`).
Compared with: every breakpoint of both editions and the fractions of the formula (tests/methods/test_air.py); aqi-hub
0.3.3 gives SO2-24h 150 as 50.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from bihuan.methods.declared.model import Answer, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts import air

_EPOCH = date(1970, 1, 1)
NEGATIVE = "不得为负 · must not be negative"
NEGATIVE_REMEDY = "删去或更正 · remove or correct it"


def index_reports(given: Given) -> Answer:
    """The indices of every report.

    Source: HJ 633-2012; HJ 633-2026.
    """
    reports = without_negatives(given["reports"], air.ITEMS)
    values = {item: reports[item].scaled(air.DIGITS.get(item, 0), air.MISSING) for item in air.ITEMS}
    days = reports["date"].days()
    hourly = reports["report"].mapped(lambda word: word == "hourly", False, np.bool_)
    found = air.indices_of(days, hourly, values)
    shown = np.where(found.state == air.OK, found.aqi, air.MISSING)
    editions = {day: air.edition_on(_EPOCH + timedelta(days=day)) for day in np.unique(days).tolist()}
    columns: dict[str, Any] = {
        "id": reports["id"].text(),
        "edition": [editions[day] for day in days.tolist()],
        **{f"iaqi_{item}": air.texts_of(found.each[place]) for place, item in enumerate(air.ITEMS)},
        "aqi": air.texts_of(shown),
        "level": air.texts_of(np.where(shown < 0, air.MISSING, air.level_of(shown))),
        "primary": air.primary_of(found),
        "status": [air.STATES[state] for state in found.state.tolist()],
    }
    used = "|".join(sorted(set(editions.values())))
    return Answer(columns, editions={"air.iaqi": used} if used else {}, rows_of=np.arange(len(reports)))


def without_negatives(table: Table, items: tuple[str, ...]) -> Table:
    """The rows without a negative concentration; the others are rejected."""
    good = np.ones(len(table), dtype=np.bool_)
    for item in items:
        bad = table[item].mapped(lambda text: float(text) < 0, False, np.bool_)
        for row in np.flatnonzero(bad & good).tolist():
            table.refuse(row, item, NEGATIVE, NEGATIVE_REMEDY)
        good &= ~bad
    return table if good.all() else table.kept(good)


def _item(name: str, zh: str, en: str) -> Column:
    unit = "mg/m³" if name == "co" else "µg/m³"
    return Column(name, zh, en, "real", required=False, absent=True, unit=unit)


CONCENTRATIONS = (
    _item("pm25", "细颗粒物", "PM2.5"), _item("pm10", "可吸入颗粒物", "PM10"), _item("so2", "二氧化硫", "SO2"),
    _item("no2", "二氧化氮", "NO2"), _item("co", "一氧化碳", "CO"), _item("o3_8h", "臭氧 8 小时", "O3, 8 hours"),
    _item("o3_1h", "臭氧 1 小时", "O3, 1 hour"),
)  # fmt: skip
METHOD = Method(
    name="aqi",
    zh="空气质量指数",
    en="Air quality index",
    inputs=(
        Input(
            "reports", "监测报告", "Reports",
            (
                Column("id", "编号", "Number"), Column("date", "日期", "Day", "date"),
                Column("report", "报告类型", "Kind", "choice", choices=one_of(daily="日报|Daily", hourly="时报|Hourly")),
                *CONCENTRATIONS,
            ),
            unique=("id",),
        ),
    ),
    output=(
        Column("id", "编号", "Number"), Column("edition", "标准版本", "Edition"),
        *(Column(f"iaqi_{c.name}", f"{c.zh}分指数", f"Index of {c.en}", "number", required=False) for c in CONCENTRATIONS),
        Column("aqi", "空气质量指数", "Index", "number", required=False),
        Column("level", "级别", "Level", "count", required=False),
        Column("primary", "首要污染物", "Primary pollutants", required=False),
        Column("status", "状态", "State", "choice", choices=one_of(
            ok="发布|Published", not_published="不发布|Not published", no_data="无数据|No data")),
    ),
    key=("id",),
    run=index_reports,
    source="HJ 633-2012; HJ 633-2026",
    peer="every breakpoint of both editions",
    cost="n",
)  # fmt: skip
