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

from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from bihuan.methods.declared.cells import Cells
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.quantities import PhysicalUnit, digits_text, times_of, unit_named

DIGITS = 6
_UNKNOWN_UNIT = "没有这个计量单位 · there is no such unit of measure"
_UNKNOWN_UNIT_REMEDY = "写 kWh、MWh、10^4 kWh、MJ、GJ、kg、t、m3 或 10^4 m3 · write one of these"
_NEGATIVE = "数量不得为负 · a quantity is not negative"
_NEGATIVE_REMEDY = "更正数量 · correct it"


class EmissionFactor(NamedTuple):
    """A factor: of a year, scope 1 or 2, exact t CO2 per unit (oxidised share included)."""

    year: int
    scope: int
    tonnes: Fraction
    per: PhysicalUnit


class FactorFault(NamedTuple):
    """Why a row has no factor: the field at fault, the rule, the remedy."""

    field: str
    rule: str
    remedy: str


NO_SOURCE = FactorFault(
    "source",
    "因子表没有该能源品种 · no factor is known of this source",
    "补充因子或更正品种 · add it or correct the name",
)
NO_PURPOSE = FactorFault(
    "source", "该品种有多种用途的因子，须说明用途 · its factors differ by purpose", "以 purpose= 说明 · say purpose="
)
TOO_EARLY = FactorFault(
    "year", "早于该品种最早的因子年份 · before the first year of its factors", "补充该年因子 · add a factor of the year"
)
OTHER_UNIT = FactorFault(
    "uom",
    "与因子的计量单位量纲不同 · measures something else than the factor does",
    "换算或更正单位 · correct the unit",
)


def account_emissions(given: Given) -> Answer:
    """The emissions of every unit and year. Source: GB/T 32150-2015; ISO 14064-1:2018."""
    activity, factors = given["activity"], _factors(given["factors"], given.option("purpose"))
    sums, used, fallback = _summed(activity, factors)
    rows = sorted({(unit, year) for unit, year, _ in sums})
    one = [sums.get((*row, 1), Fraction()) for row in rows]
    two = [sums.get((*row, 2), Fraction()) for row in rows]
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


def factor_for(
    factors: list[EmissionFactor] | FactorFault | None, year: int, uom: PhysicalUnit
) -> EmissionFactor | FactorFault:
    """Return the factor of the year or the latest before it, or why there is none.

    Args:
        factors: Of the source, by year.

    Source: GB/T 32150-2015 (factors of the reporting year)
    """
    if isinstance(factors, FactorFault) or not factors:
        return factors if isinstance(factors, FactorFault) else NO_SOURCE
    fitting = [each for each in factors if each.year <= year]
    if not fitting:
        return TOO_EARLY
    return fitting[-1] if times_of(uom, fitting[-1].per) is not None else OTHER_UNIT


def _factors(table: Table, purpose: str | None) -> dict[str, list[EmissionFactor] | FactorFault]:
    """Each source's factors by year; of several purposes those of the one that is asked for, or the fault."""
    by_source: dict[str, dict[str, list[EmissionFactor]]] = defaultdict(lambda: defaultdict(list))
    columns = (table[name].values() for name in ("source", "scope", "year", "tco2", "per", "oxidation", "purpose"))
    for row, (source, scope, year, tonnes, per, share, use) in enumerate(zip(*columns, strict=True)):
        unit, oxidised = unit_named(per), Fraction(share or 1)
        if unit is None:
            table.refuse(row, "per", _UNKNOWN_UNIT, _UNKNOWN_UNIT_REMEDY)
        elif Fraction(tonnes) < 0 or not 0 <= oxidised <= 1:
            table.refuse(
                row,
                "tco2",
                "因子不得为负，氧化率须在 0 到 1 之间 · not negative; a share lies between 0 and 1",
                "更正因子 · correct it",
            )
        else:
            by_source[source][use or ""].append(
                EmissionFactor(int(year), int(scope), Fraction(tonnes) * oxidised, unit)
            )
    found: dict[str, list[EmissionFactor] | FactorFault] = {}
    for source, uses in by_source.items():
        chosen = (
            uses.get(purpose or "")
            or uses.get("")
            or (next(iter(uses.values())) if len(uses) == 1 and not purpose else None)
        )
        found[source] = sorted(chosen, key=lambda each: each.year) if chosen else NO_PURPOSE
    return found


def _summed(
    activity: Table, factors: dict[str, list[EmissionFactor] | FactorFault]
) -> tuple[dict[tuple[str, int, int], Fraction], set[tuple[str, int]], int]:
    """Exact t CO2 by unit, year, scope; the factors that were used; rows for which an earlier year's one stood in."""
    sums: dict[tuple[str, int, int], Fraction] = defaultdict(Fraction)
    used: set[tuple[str, int]] = set()
    earlier = 0
    words = [activity[name] for name in ("unit", "year", "source", "uom")]
    bad = _negatives(activity)
    keys, places = np.unique(np.stack([cells.codes for cells in words]), axis=1, return_inverse=True)
    rows_of = np.argsort(places.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(places.ravel(), minlength=keys.shape[1]))
    for group, codes in enumerate(keys.T.tolist()):
        rows: list[int] = rows_of[(ends[group - 1] if group else 0) : ends[group]].tolist()
        unit, year, source, uom = (cells.words[code] for cells, code in zip(words, codes, strict=True))
        told = _factor(factors, source, int(year), uom)
        if isinstance(told, FactorFault):
            for row in rows:
                if row not in bad:
                    activity.refuse(row, *told)
            continue
        found, times = told
        rows = [row for row in rows if row not in bad]
        if rows:
            sums[unit, int(year), found.scope] += _quantity(activity["quantity"], rows) * times * found.tonnes
            used.add((source, found.year))
            earlier += len(rows) * (found.year != int(year))
    return sums, used, earlier


def _factor(
    factors: dict[str, list[EmissionFactor] | FactorFault], source: str, year: int, uom: str
) -> tuple[EmissionFactor, Fraction] | FactorFault:
    unit = unit_named(uom)
    if unit is None:
        return FactorFault("uom", _UNKNOWN_UNIT, _UNKNOWN_UNIT_REMEDY)
    found = factor_for(factors.get(source), year, unit)
    if isinstance(found, FactorFault):
        return found
    return found, times_of(unit, found.per) or Fraction()


def _negatives(activity: Table) -> set[int]:
    bad = np.flatnonzero(activity["quantity"].mapped(lambda text: Fraction(text) < 0, False, np.bool_)).tolist()
    for row in bad:
        activity.refuse(row, "quantity", _NEGATIVE, _NEGATIVE_REMEDY)
    return set(bad)


_SCALE = 9  # the field type has at most nine decimals


def _quantity(cells: Cells, rows: list[int]) -> Fraction:
    """The exact sum of these rows' numbers."""
    codes = cells.codes[rows].tolist()
    return Fraction(sum(_scaled(cells.words[code]) for code in codes), 10**_SCALE)


def _scaled(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(_SCALE, "0"))


_YEAR = Column("year", "年份", "Year", "count")
METHOD = Method(
    name="carbon",
    zh="二氧化碳排放核算",
    en="Carbon dioxide of units by year",
    inputs=(
        Input("activity", "活动数据", "Activity", (
            Column("unit", "报告单位", "Unit"), _YEAR, Column("source", "能源品种", "Source"),
            Column("quantity", "数量", "Quantity", "decimal"), Column("uom", "计量单位", "Unit of measure"),
        )),
        Input("factors", "排放因子", "Factors", (
            Column("source", "能源品种", "Source"),
            Column("scope", "范围", "Scope", "choice", choices=one_of(**{"1": "直接|Direct", "2": "外购电热|Bought power and heat"})),
            _YEAR, Column("tco2", "因子", "Factor", "decimal", unit="t CO2"), Column("per", "每", "Per"),
            Column("oxidation", "氧化率", "Share oxidised", "decimal", required=False, absent=True, note="0 to 1"),
            Column("purpose", "用途", "Purpose", required=False, absent=True),
        ), unique=("source", "year", "purpose")),
    ),
    options=(Option("purpose", "因子用途", "Purpose of the factors", default=""),),
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
