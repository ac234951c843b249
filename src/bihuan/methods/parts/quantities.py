"""Units of energy, mass and volume as exact fractions of one another.

Source: GB 3100-1993, GB 3101-1993 (SI units, kilowatt-hour); GB/T 2589-2020 (万 as 10^4 before a unit).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class PhysicalUnit(NamedTuple):
    """A unit: its dimension, and how many of the dimension's own unit (MJ, kg, m3) it is."""

    dimension: str
    size: Fraction


_KWH = Fraction(36, 10)  # MJ
UNITS: dict[str, PhysicalUnit] = {
    "kWh": PhysicalUnit("energy", _KWH), "MWh": PhysicalUnit("energy", _KWH * 1000),
    "10^4 kWh": PhysicalUnit("energy", _KWH * 10_000), "MJ": PhysicalUnit("energy", Fraction(1)),
    "GJ": PhysicalUnit("energy", Fraction(1000)), "kg": PhysicalUnit("mass", Fraction(1)),
    "t": PhysicalUnit("mass", Fraction(1000)), "m3": PhysicalUnit("volume", Fraction(1)),
    "10^4 m3": PhysicalUnit("volume", Fraction(10_000)),
}  # fmt: skip
_OTHER_SPELLINGS = {
    "10^4kWh": "10^4 kWh",
    "万kWh": "10^4 kWh",
    "10^4m3": "10^4 m3",
    "万m3": "10^4 m3",
    "吨": "t",
    "千克": "kg",
}


def unit_named(text: str) -> PhysicalUnit | None:
    """Return the unit of a text, `m³` and `万 m³` among them; None when it is none of ours.

    Letters keep their case: MJ is no mJ.

    Source: GB 3101-1993 (case of unit symbols)
    """
    plain = text.strip().replace("³", "3")
    joined = plain.replace(" ", "")
    return UNITS.get(plain) or UNITS.get(_OTHER_SPELLINGS.get(joined, joined))


def times_of(one: PhysicalUnit, per: PhysicalUnit) -> Fraction | None:
    """Return how many of `per` one unit is, exactly; None when they measure different things.

    Source: GB 3101-1993
    """
    return one.size / per.size if one.dimension == per.dimension else None


def digits_text(value: Fraction, digits: int) -> str:
    """Return an exact value with so many digits, rounded half to even. Source: GB/T 8170-2008."""
    whole = round(value * 10**digits)
    sign, whole = ("-" if whole < 0 else ""), abs(whole)
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}" if digits else f"{sign}{whole}"
