"""What a year would have come to with declared measures: so many per cent less of a source, for some units or all.

In: activity, factors, measures (source, share in per cent that is saved, from which year, perhaps one unit or one street).
Measures on one source follow each other: the second saves of what the first left. What is not named stays as it was;
a measure that meets no statement is rejected, so that a misspelling does not look like a saving.
Out: tonnes as stated and with the measures by unit and year, exact. It is arithmetic on what was stated, no forecast.
Source: GB/T 32150-2015; ISO 14064-2:2019 (baseline and project). Compared with: sums by hand (tests/methods/test_carbon.py).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from bihuan.methods.carbon import DIGITS, FACTORS, PURPOSE, YEAR
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.emissions import factors_of, summed_emissions
from bihuan.methods.parts.quantities import digits_text


class CarbonMeasure(NamedTuple):
    """A declared saving: its row, of which source, which part stays, from which year, of one unit or all."""

    row: int
    source: str
    stays: Fraction
    since: int
    unit: str


def reckon_measures(given: Given) -> Answer:
    """Tonnes as stated and with the measures. Source: ISO 14064-2:2019."""
    measures = _measures(given)
    sums, _, _ = summed_emissions(given["activity"], factors_of(given["factors"], given.option("purpose")), "source")
    stated: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    planned: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    met = set[int]()
    for (unit, year, _, source), tonnes in sums.items():
        stated[unit, year] += tonnes
        for each in measures:
            if each.source == source and year >= each.since and each.unit in ("", unit):
                tonnes *= each.stays
                met.add(each.row)
        planned[unit, year] += tonnes
    for each in measures:
        if each.row not in met:
            given["measures"].refuse(
                each.row, "source", "没有对应的活动数据 · no statement is met by it", "核对品种、单位和年份 · look at source, unit and year"
            )  # fmt: skip
    rows = sorted(stated)
    saved = [stated[row] - planned[row] for row in rows]
    return Answer(
        {
            "unit": [unit for unit, _ in rows], "year": [str(year) for _, year in rows],
            "stated_t": [digits_text(stated[row], DIGITS) for row in rows],
            "with_measures_t": [digits_text(planned[row], DIGITS) for row in rows],
            "saved_t": [digits_text(each, DIGITS) for each in saved],
        },
        {"saved_t": digits_text(sum(saved, Fraction()), DIGITS), "measures": len(met)},
    )  # fmt: skip


def _measures(given: Given) -> list[CarbonMeasure]:
    table, found = given["measures"], list[CarbonMeasure]()
    names = ("source", "percent", "since", "unit")
    for row, (source, percent, since, unit) in enumerate(zip(*(table[name].text() for name in names), strict=True)):
        share = Fraction(Decimal(percent)) / 100
        if not 0 <= share <= 1:
            table.refuse(
                row, "percent", "须在0至100之间 · must lie between 0 and 100", "更正百分数 · correct the per cent"
            )
            continue
        found.append(CarbonMeasure(row, source, 1 - share, int(since), unit))
    return found


METHOD = Method(
    name="carbon-what-if",
    zh="减排措施测算",
    en="Carbon with declared measures",
    inputs=(
        Input("activity", "活动数据", "Activity", (
            Column("unit", "报告单位", "Unit"), YEAR, Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
        )),
        FACTORS,
        Input("measures", "措施", "Measures", (
            Column("source", "能源品种", "Source"), Column("percent", "节约比例", "Saved", "decimal", unit="%"),
            Column("since", "起始年份", "From the year", "count"),
            Column("unit", "报告单位", "Unit", required=False, absent=True, note="empty: all"),
        )),
    ),
    options=(PURPOSE,),
    output=(
        Column("unit", "报告单位", "Unit"), YEAR, Column("stated_t", "现状", "As stated", "decimal", unit="t CO2"),
        Column("with_measures_t", "采取措施后", "With the measures", "decimal", unit="t CO2"),
        Column("saved_t", "减少", "Saved", "decimal", unit="t CO2"),
    ),
    facts=(
        AnswerKey("saved_t", "合计减少", "Saved in all", {"type": "string"}),
        AnswerKey("measures", "起作用的措施", "Measures that take effect", {"type": "integer"}),
    ),
    key=("unit", "year"),
    run=reckon_measures,
    source="ISO 14064-2:2019",
    peer="sums by hand",
    cost="n × measures",
)  # fmt: skip
