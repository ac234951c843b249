"""The water-quality index of a city: sum of each item's mean over its limit of class III, rivers and lakes weighted.

In: samples with city, section, kind and results as for `water-class`. Mean of each section's samples, then of the
sections of a kind; index of an item: mean / limit of class III, oxygen 5 / mean, pH 7 − mean up to 7, else (mean − 7) / 2.
The city's index weighs rivers and lakes by their numbers of sections. The smaller the better.
Out: indices with four decimals, items that took part (of 21; rank only among complete cities, equal ones share it). Exact.
Source: 城市地表水环境质量排名技术规定（试行）（环办监测〔2017〕51号）; limits: table `water.class`.
Compared with: the sum by fractions, item by item (tests/methods/test_water.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from bihuan.declare.types.laboratory import exact_result
from bihuan.methods.declared.model import Answer, Column, Input, Method
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts import water
from bihuan.rules.quantities import fixed_text

DIGITS = 4
NEUTRAL, HIGHEST_PH = 7, 9
type Means = dict[str, Fraction]


def index_cities(given: Given) -> Answer:
    """The index of every city. Source: 环办监测〔2017〕51号."""
    samples = water.without_wrong(given["samples"], water.ITEMS)
    judged = [rows for rows, _ in water.editions_of(samples)]
    if not judged:
        return Answer({})
    last = max(day for day in samples["date"].values() if day)
    rules = water.rules_on(date.fromisoformat(last))
    of_kind = _by_kind(samples, sorted(row for rows in judged for row in rows.tolist()))
    rows = []
    for city in sorted({name for name, _ in of_kind}):
        told: dict[str, Any] = {"city": city}
        total, weight, used = Fraction(0), 0, set(water.ITEMS)
        for kind in ("river", "lake"):
            sections = of_kind.get((city, kind), [])
            told[f"{kind}_sections"] = len(sections)
            told[kind] = ""
            if not sections:
                continue
            index = _index(_mean_of(sections), kind, rules)
            value = sum(index.values(), Fraction(0))
            told[kind] = fixed_text(value, DIGITS)
            total, weight, used = total + value * len(sections), weight + len(sections), used & index.keys()
        told |= {"exact": total / weight, "used": len(used), "cwqi": fixed_text(total / weight, DIGITS)}
        rows.append(told)
    whole = [row["exact"] for row in rows if row["used"] == len(water.ITEMS)]
    for row in rows:
        complete = row["used"] == len(water.ITEMS)
        row["rank"] = 1 + sum(other < row["exact"] for other in whole) if complete else ""
    names = [column.name for column in METHOD.output]
    return Answer(
        {name: [row[name] for row in rows] for name in names}, editions={"water.class": rules.table.meta.edition}
    )


def _by_kind(samples: Table, rows: list[int]) -> dict[tuple[str, str], list[Means]]:
    """The means of each section, by city and kind."""
    cities, sections, kinds = (samples[name].text() for name in ("city", "section", "kind"))
    results = {
        item: [None if text is None else Fraction(exact_result(text)) for text in samples[item].values()]
        for item in water.ITEMS
    }
    taken: defaultdict[tuple[str, str, str], list[Means]] = defaultdict(list)
    for row in rows:
        found = {item: value for item in water.ITEMS if (value := results[item][row]) is not None}
        taken[cities[row], kinds[row], sections[row]].append(found)
    of_kind: defaultdict[tuple[str, str], list[Means]] = defaultdict(list)
    for (city, kind, _), each in sorted(taken.items()):
        of_kind[city, kind].append(_mean_of(each))
    return dict(of_kind)


def _mean_of(many: list[Means]) -> Means:
    means = {}
    for item in water.ITEMS:
        values = [each[item] for each in many if item in each]
        if values:
            means[item] = sum(values, Fraction(0)) / len(values)
    return means


def _index(means: Means, kind: str, rules: water.WaterRules) -> Means:
    """The index of each item. Source: 环办监测〔2017〕51号 (单项水质指数)."""
    index = {}
    for item, mean in means.items():
        if item == "ph":
            index[item] = NEUTRAL - mean if mean <= NEUTRAL else (mean - NEUTRAL) / (HIGHEST_PH - NEUTRAL)
        elif item == "do":
            if mean:
                index[item] = Fraction(rules.least_of(item, water.THIRD)) / mean
        else:
            index[item] = mean / Fraction(rules.limit_of(water.named_in_table(item, kind), water.THIRD))
    return index


METHOD = Method(
    name="cwqi",
    zh="城市水质指数及排名",
    en="Water-quality index of cities",
    inputs=(
        Input(
            "samples", "水样", "Samples",
            (
                Column("city", "城市", "City"), Column("section", "断面", "Section"), Column("date", "采样日期", "Day of sampling", "date"),
                Column("kind", "水体类型", "Kind of water", "choice", choices=water.KINDS), *water.RESULTS,
            ),
            unique=("city", "section", "date"),
        ),
    ),
    output=(
        Column("city", "城市", "City"), Column("cwqi", "城市水质指数", "Index", "real"),
        Column("rank", "名次", "Place", "count", required=False, note="among cities with all 21 items"),
        Column("river", "河流指数", "Index of rivers", "real", required=False),
        Column("lake", "湖库指数", "Index of lakes", "real", required=False),
        Column("river_sections", "河流断面数", "Sections of rivers", "count"),
        Column("lake_sections", "湖库点位数", "Points of lakes", "count"),
        Column("used", "参评项目数", "Items used", "count", note="of 21"),
    ),
    key=("city",),
    run=index_cities,
    source="环办监测〔2017〕51号",
    peer="the sum by fractions",
    cost="n",
)  # fmt: skip
