"""Grade of a water in each month: 0 none, 1 light, 2 heavy, from its samples; rows as a series takes them.

In: samples at points with depth, transparency (cm, or `bottom`), oxygen, redox potential and ammonia. A sample is graded by the
decision `water.black_odour` of its day, shallow water by its share of the depth. The worst sample of the month decides; a sample in
which nothing was measured grades nothing, and a month of such samples has no row.
Out: one row a water and month, at noon of the day of the last sample; which point and factor decided. Exact. n log n.
Source: 建城〔2015〕130号 表1 (table `water.black_odour`); that the worst sample speaks for a month is a working rule.
Compared with: `bihuan table water.black_odour` on each sample (tests/methods/test_black_months.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.errors import InputError, NoRuleError

GRADES = ("none", "light", "heavy")
FACTORS = {"depth": "depth", "transparency": "transparency", "do": "do", "orp": "orp", "nh3n": "nh3n"}


class GradedSample(NamedTuple):
    """A sample: its grade by number, the day, the point, and the factor that decided."""

    value: int
    day: str
    point: str
    deciding: str


def grade_months(given: Given) -> Answer:
    """The grade of each month of each water. Source: 建城〔2015〕130号 表1."""
    samples = given["samples"]
    cells = {name: samples[name].text() for name in ("water", "point", "taken", *FACTORS)}
    months: defaultdict[tuple[str, str], list[GradedSample]] = defaultdict(list)
    editions: set[str] = set()
    first = _first_month(given)
    for row, water in enumerate(cells["water"]):
        day = cells["taken"][row]
        if day[:7] < first:
            continue
        table = method_rules().decision("water.black_odour", date.fromisoformat(day), "*")
        said = {name: cells[name][row] for name in FACTORS if cells[name][row]}
        try:
            told = table.decide(**said)
        except InputError as error:
            samples.refuse(row, "transparency", f"{error}", "更正或留空 · correct it or leave it out")
            continue
        except NoRuleError:
            samples.refuse(
                row, "do", "四项指标均未测 · none of the factors was measured", "补测或删去 · measure or leave it out"
            )
            continue
        editions.add(table.meta.edition)
        graded = GradedSample(GRADES.index(str(told["grade"])), day, cells["point"][row], str(told["deciding"]))
        months[water, day[:7]].append(graded)
    rows: list[dict[str, Any]] = []
    for (water, month), mine in sorted(months.items()):
        worst = max(mine, key=lambda each: (each.value, each.point))
        rows.append({
            "subject": water, "month": month, "time": f"{max(each.day for each in mine)}T12:00:00+08:00", "value": worst.value,
            "grade": GRADES[worst.value], "samples": len(mine), "point": worst.point if worst.value else "",
            "deciding": worst.deciding if worst.value else "",
        })  # fmt: skip
    edition = {"water.black_odour": ", ".join(sorted(editions))} if editions else {}
    return Answer({column.name: [row[column.name] for row in rows] for column in METHOD.output}, editions=edition)


def _first_month(given: Given) -> str:
    """The first of the last months that are asked for; empty for all."""
    months = int(given.option("months"))
    if not given.option("at"):
        return ""
    year, month = divmod(int(given.option("at")[:4]) * 12 + int(given.option("at")[5:7]) - months, 12)
    return f"{year:04d}-{month + 1:02d}"


METHOD = Method(
    name="black-months",
    zh="黑臭逐月级别",
    en="Months of black waters",
    inputs=(
        Input("samples", "样品", "Samples", (
            Column("water", "水体", "Water"), Column("point", "点位", "Point"), Column("taken", "采样日期", "Taken on", "date"),
            Column("depth", "水深", "Depth", "real", required=False, absent=True, unit="cm"),
            Column("transparency", "透明度", "Transparency", required=False, absent=True, unit="cm", note="or bottom"),
            Column("do", "溶解氧", "Dissolved oxygen", "real", required=False, absent=True, unit="mg/L"),
            Column("orp", "氧化还原电位", "Redox potential", "real", required=False, absent=True, unit="mV"),
            Column("nh3n", "氨氮", "Ammonia nitrogen", "real", required=False, absent=True, unit="mg/L"),
        ), unique=("water", "point", "taken")),
    ),
    options=(
        Option("at", "截至日期", "As of", "date", default=""),
        Option("months", "月数", "Months back from then, this one included", "count", default="2"),
    ),
    output=(
        Column("subject", "水体", "Water"), Column("month", "月份", "Month"), Column("time", "时间", "Time", "instant"),
        Column("value", "级别值", "Grade as a number", "count"),
        Column("grade", "级别", "Grade", "choice", choices=one_of(none="未黑臭|None", light="轻度|Light", heavy="重度|Heavy")),
        Column("samples", "样品数", "Samples", "count"), Column("point", "最差点位", "Worst point", required=False),
        Column("deciding", "定级指标", "Factor that decides", required=False),
    ),
    key=("subject", "month"),
    run=grade_months,
    source="建城〔2015〕130号",
    peer="bihuan table water.black_odour",
)  # fmt: skip
