"""Daily values of air from hours, with index, primary pollutants and completeness.

In: hours of stations (µg/m³; CO in the unit that `co_unit` says, a missing unit is refused), labelled by start or end.
A daily mean needs 20 hours; 8-hour means of ozone need 6; the day's greatest takes the windows ending 8:00…24:00 and
needs 14 of them unless it exceeds 160. Values are rounded half to even once; the index follows the edition of the day.
Out: a row for every station and day with any hour. Exact. n log n.
Source: HJ 663-2013 表1; GB 3095-2012 表4; HJ 633-2012; HJ 633-2026.
Compared with: fractions hour by hour, and Beijing's stations of 2014 and 2015 (tests/methods/test_air.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from bihuan.methods.declared.cells import day_text
from bihuan.methods.declared.model import Answer, Column, Method
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts import air
from bihuan.methods.parts.air_days import DAILY, HOURS, OPTIONS, Days, days_of

_EPOCH = date(1970, 1, 1)


def build_days(given: Given) -> Answer:
    """The daily values of every station.

    Source: HJ 663-2013 表1; HJ 633.
    """
    days = days_of(given)
    found = index_days(days)
    shown = np.where(found.state == air.OK, found.aqi, air.MISSING)
    complete = np.all([days.values[item] >= 0 for item in DAILY], axis=0)
    editions = sorted({air.edition_on(_EPOCH + timedelta(days=day)) for day in np.unique(days.day).tolist()})
    columns: dict[str, Any] = {
        "station": [days.names[place] for place in days.station.tolist()],
        "date": [day_text(day) for day in days.day.tolist()],
        **{item: air.texts_of(days.values[item], air.DIGITS.get(item, 0)) for item in DAILY},
        "aqi": air.texts_of(shown),
        "primary": air.primary_of(found),
        "complete": np.where(complete, "yes", "no").tolist() if len(days.day) else [],
    }
    return Answer(columns, editions={"air.iaqi": "|".join(editions)} if editions else {})


def index_days(days: Days) -> air.Indices:
    """The indices of daily values. Source: HJ 633 (edition by the day)."""
    return air.indices_of(days.day, np.zeros(len(days.day), dtype=np.bool_), days.values)


METHOD = Method(
    name="air-days",
    zh="空气质量日均值",
    en="Daily values of air from hours",
    inputs=(HOURS,),
    options=OPTIONS,
    output=(
        Column("station", "站点", "Station"), Column("date", "日期", "Day", "date"),
        *(Column(item, item, item, "decimal", required=False) for item in DAILY),
        Column("aqi", "空气质量指数", "Index", "number", required=False),
        Column("primary", "首要污染物", "Primary pollutants", required=False),
        Column("complete", "六项齐全", "All six valid", "yes_no"),
    ),
    key=("station", "date"),
    run=build_days,
    source="HJ 663-2013; GB 3095-2012; HJ 633",
    peer="fractions hour by hour",
)  # fmt: skip
