"""Tonnes of CO2 out of activity and factors: the factor of a year and a purpose, exact sums by unit, year and scope.

Source: GB/T 32150-2015; ISO 14064-1:2018; docs/adr/0353-carbon.md.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from bihuan.methods.declared.cells import Cells
from bihuan.methods.declared.tables import Table
from bihuan.methods.parts.quantities import PhysicalUnit, times_of, unit_named

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


type FactorsBySource = dict[str, list[EmissionFactor] | FactorFault]
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


def factors_of(table: Table, purpose: str | None) -> FactorsBySource:
    """Return each source's factors by year; of several purposes those of the one that is asked for, or the fault.

    Source: docs/adr/0353-carbon.md (the purpose is an input)
    """
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
    found: FactorsBySource = {}
    for source, uses in by_source.items():
        chosen = (
            uses.get(purpose or "")
            or uses.get("")
            or (next(iter(uses.values())) if len(uses) == 1 and not purpose else None)
        )
        found[source] = sorted(chosen, key=lambda each: each.year) if chosen else NO_PURPOSE
    return found


def summed_emissions(
    activity: Table, factors: FactorsBySource, by: str = ""
) -> tuple[dict[tuple[str, int, int, str], Fraction], set[tuple[str, int]], int]:
    """Return exact t CO2 by unit, year, scope and a further column; the factors used; rows with one of an earlier year.

    Args:
        activity: `unit, year, source, uom, quantity`; rows without a factor are refused. by: The further column, or none.

    Source: GB/T 32150-2015 (E = AD · EF · OX)
    """
    sums: dict[tuple[str, int, int, str], Fraction] = defaultdict(Fraction)
    used: set[tuple[str, int]] = set()
    earlier = 0
    words = [activity[name] for name in ("unit", "year", "source", "uom", *([by] if by else []))]
    bad = _negatives(activity)
    keys, places = np.unique(np.stack([cells.codes for cells in words]), axis=1, return_inverse=True)
    rows_of = np.argsort(places.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(places.ravel(), minlength=keys.shape[1]))
    for group, codes in enumerate(keys.T.tolist()):
        rows: list[int] = rows_of[(ends[group - 1] if group else 0) : ends[group]].tolist()
        unit, year, source, uom, *more = (
            cells.words[code] if code >= 0 else "" for cells, code in zip(words, codes, strict=True)
        )
        told = _factor(factors, source, int(year), uom)
        if isinstance(told, FactorFault):
            for row in rows:
                if row not in bad:
                    activity.refuse(row, *told)
            continue
        found, times = told
        rows = [row for row in rows if row not in bad]
        if rows:
            sums[unit, int(year), found.scope, more[0] if more else ""] += (
                _quantity(activity["quantity"], rows) * times * found.tonnes
            )
            used.add((source, found.year))
            earlier += len(rows) * (found.year != int(year))
    return sums, used, earlier


def _factor(
    factors: FactorsBySource, source: str, year: int, uom: str
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
