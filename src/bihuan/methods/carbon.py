"""Emissions of units by year: activity times factor, direct (scope 1) and of bought power and heat (scope 2).

In: quantities with their unit of measure, and factors in t CO2 per unit of measure by year. The factor of the year
counts, or the latest before it; before the first there is none and the row is rejected, so are an unknown source and a
unit of another dimension. A factor may stand for one purpose: three grid factors exist (national mean, mean
without market-traded non-fossil power, regional), and where a source has factors of several purposes `purpose` must say which. A fuel's
factor may be given with the share that oxidises. Out: t CO2 with six decimals, rounded once from exact fractions.
Linear in the activity.
Source: GB/T 32150-2015; 企业温室气体排放核算与报告指南 (E = AD · EF · OX); ISO 14064-1:2018.
Compared with: pint, row by row (tests/methods/test_carbon.py, benchmarks/environment.py).
"""

from __future__ import annotations

from fractions import Fraction

from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.emissions import factors_of, summed_emissions
from bihuan.methods.parts.quantities import digits_text

DIGITS = 6


def account_emissions(given: Given) -> Answer:
    """The emissions of every unit and year. Source: GB/T 32150-2015; ISO 14064-1:2018."""
    activity, factors = given["activity"], factors_of(given["factors"], given.option("purpose"))
    sums, used, fallback = summed_emissions(activity, factors)
    rows = sorted({(unit, year) for unit, year, _, _ in sums})
    one = [sums.get((*row, 1, ""), Fraction()) for row in rows]
    two = [sums.get((*row, 2, ""), Fraction()) for row in rows]
    left_out = bool(given["factors"].refused)
    return Answer(
        {
            "unit": [unit for unit, _ in rows], "year": [str(year) for _, year in rows],
            "scope1_t": [digits_text(each, DIGITS) for each in one], "scope2_t": [digits_text(each, DIGITS) for each in two],
            "total_t": [digits_text(a + b, DIGITS) for a, b in zip(one, two, strict=True)],
        },
        facts={"total_t": digits_text(sum((*one, *two), Fraction()), DIGITS), "earlier_factors": fallback},
        editions={"factors": "|".join(sorted(f"{source}:{year}" for source, year in used))} if used else {},
        remarks=("有因子被退回，可能改用更早年份 · a factor was rejected; an earlier year may stand in",) if left_out else (),
    )  # fmt: skip


YEAR = Column("year", "年份", "Year", "count")
FACTORS = Input("factors", "排放因子", "Factors", (
            Column("source", "能源品种", "Source"),
            Column("scope", "范围", "Scope", "choice", choices=one_of(**{"1": "直接|Direct", "2": "外购电热|Bought power and heat"})),
            YEAR, Column("tco2", "因子", "Factor", "decimal", unit="t CO2"), Column("per", "每", "Per"),
            Column("oxidation", "氧化率", "Share oxidised", "decimal", required=False, absent=True, note="0 to 1"),
            Column("purpose", "用途", "Purpose", required=False, absent=True),
        ), unique=("source", "year", "purpose"))  # fmt: skip
PURPOSE = Option("purpose", "因子用途", "Purpose of the factors", default="")
METHOD = Method(
    name="carbon",
    zh="二氧化碳排放核算",
    en="Carbon dioxide of units by year",
    inputs=(
        Input("activity", "活动数据", "Activity", (
            Column("unit", "报告单位", "Unit"), YEAR, Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
        )),
        FACTORS,
    ),
    options=(PURPOSE,),
    output=(
        Column("unit", "报告单位", "Unit"), Column("year", "年份", "Year", "count"),
        Column("scope1_t", "直接排放", "Scope 1", "decimal", unit="t CO2"),
        Column("scope2_t", "外购电热排放", "Scope 2", "decimal", unit="t CO2"),
        Column("total_t", "合计", "Total", "decimal", unit="t CO2"),
    ),
    facts=(
        AnswerKey("total_t", "总计", "Total of all", {"type": "string"}),
        AnswerKey("earlier_factors", "沿用以前年份因子的行", "Rows with a factor of an earlier year", {"type": "integer"}),
    ),
    key=("unit", "year"),
    run=account_emissions,
    source="GB/T 32150-2015; ISO 14064-1:2018",
    peer="pint 0.25, row by row",
    cost="n",
)  # fmt: skip
