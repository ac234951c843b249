"""Carbon of streets per square metre of floor, each with the interval in which its units leave it.

In: activity, factors, units with street and floor area. A unit without a floor area is left out and counted; a unit counts
in a year only with a statement of that year. A street's figure is the sum of its kilograms over the sum of its square
metres (a ratio of sums, so that a hut does not weigh like a tower). The interval leaves out one unit after the other
(jackknife) with Student's t at 95 %; a street with fewer than three units has none. Ranks are by the figure; streets whose
intervals overlap cannot be told apart. Out: exact figures with four decimals. Linear.
Source: GB/T 32150-2015; B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), ch. 11 (jackknife of a ratio).
Compared with: leaving each unit out in a loop (tests/methods/test_carbon.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

from bihuan.methods.carbon import FACTORS, PURPOSE, YEAR
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.emissions import factors_of, summed_emissions
from bihuan.methods.parts.quantities import digits_text

DIGITS, ENOUGH = 4, 3
type UnitShare = tuple[Fraction, Fraction]
"""Kilograms and square metres of a unit."""


def compare_streets(given: Given) -> Answer:
    """Kilograms per square metre of every street and year. Source: GB/T 32150-2015."""
    units = given["units"]
    places = {
        unit: (street, Fraction(Decimal(floor)) if floor else Fraction())
        for unit, street, floor in zip(*(units[name].text() for name in ("unit", "street", "floor_m2")), strict=True)
    }
    sums, _, _ = summed_emissions(given["activity"], factors_of(given["factors"], given.option("purpose")))
    tonnes: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for (unit, year, _, _), amount in sums.items():
        tonnes[unit, year] += amount
    groups: dict[tuple[str, int], list[UnitShare]] = defaultdict(list)
    left_out = set[str]()
    for (unit, year), amount in sorted(tonnes.items()):
        street, floor = places.get(unit, ("", Fraction()))
        if street and floor > 0:
            groups[street, year].append((amount * 1000, floor))
        else:
            left_out.add(unit)
    rows: list[dict[str, Any]] = []
    for (street, year), shares in sorted(groups.items(), key=lambda each: (each[0][1], -_ratio(each[1]), each[0][0])):
        low, high = interval_of(shares)
        rows.append({
            "street": street, "year": str(year), "units": len(shares),
            "floor_m2": digits_text(sum((floor for _, floor in shares), Fraction()), 1),
            "kg_per_m2": digits_text(_ratio(shares), DIGITS),
            "low": None if low is None else f"{low:.{DIGITS}f}", "high": None if high is None else f"{high:.{DIGITS}f}",
        })  # fmt: skip
    return Answer(
        {column.name: [row[column.name] for row in rows] for column in METHOD.output}, {"left_out": len(left_out)}
    )


def _ratio(shares: Sequence[UnitShare]) -> Fraction:
    return sum((mass for mass, _ in shares), Fraction()) / sum((floor for _, floor in shares), Fraction())


def interval_of(shares: Sequence[UnitShare]) -> tuple[float | None, float | None]:
    """The 95 % interval of a ratio of sums, by leaving out each unit; None with fewer than three.

    Args:
        shares: Kilograms and square metres of each unit.

    Source: Efron and Tibshirani (1993), ch. 11.
    """
    n = len(shares)
    if n < ENOUGH:
        return None, None
    from scipy.special import stdtrit

    mass, floor = sum((each for each, _ in shares), Fraction()), sum((each for _, each in shares), Fraction())
    without = [float((mass - each) / (floor - size)) for each, size in shares]
    middle = sum(without) / n
    spread = sqrt((n - 1) / n * sum((each - middle) ** 2 for each in without))
    reach, ratio = float(stdtrit(n - 1, 0.975)) * spread, float(mass / floor)
    return max(0.0, ratio - reach), ratio + reach


METHOD = Method(
    name="carbon-intensity",
    zh="街镇单位面积碳排放",
    en="Carbon of streets per square metre",
    inputs=(
        Input("activity", "活动数据", "Activity", (
            Column("unit", "报告单位", "Unit"), YEAR, Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
        )),
        FACTORS,
        Input("units", "报告单位", "Units", (
            Column("unit", "报告单位", "Unit"), Column("street", "街镇", "Sub-district"),
            Column("floor_m2", "建筑面积", "Floor area", "decimal", unit="m2", required=False),
        ), unique=("unit",)),
    ),
    options=(PURPOSE,),
    output=(
        Column("street", "街镇", "Sub-district", "area"), YEAR, Column("units", "单位数", "Units", "count"),
        Column("floor_m2", "建筑面积", "Floor area", "decimal", unit="m2"),
        Column("kg_per_m2", "单位面积排放", "Per square metre", "decimal", unit="kg CO2/m2"),
        Column("low", "区间下限", "Low", "decimal", required=False), Column("high", "区间上限", "High", "decimal", required=False),
    ),
    facts=(AnswerKey("left_out", "缺少面积的单位", "Units without a floor area", {"type": "integer"}),),
    key=("street", "year"),
    run=compare_streets,
    source="GB/T 32150-2015; Efron and Tibshirani (1993)",
    peer="leaving each unit out in a loop",
    cost="n",
)  # fmt: skip
