"""Units of measure: the exact factor between the unit of a source and that of a series, worked out once.

Units equal in writing never load the library. What the library knows it knows exactly here: factors are fractions.
Source: BIPM, The International System of Units, 9th edition; pint (BSD-3-Clause); docs/adr/0255.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from bihuan.faults import Fault

_SPELLING = (
    (re.compile("[µμ]"), "u"),
    (re.compile("³"), "^3"),
    (re.compile("²"), "^2"),
    (re.compile(r"\s*×\s*"), " * "),
    (re.compile(r"(?<![A-Za-z])(k|c|d|m|u)?m(2|3)(?![A-Za-z0-9])"), r"\1m^\2"),
    (re.compile(r"^(10\^[0-9]+)\s*\*?\s*(?=[A-Za-z])"), r"\1 * "),
    (re.compile("℃|°C"), "degC"),
)

LONGEST = 40
_RUNAWAY = re.compile(r"\*\*|[0-9]{3}|\^[^*/ ]*\^|[(),;=]")
"""Powers of powers, which would be worked out exactly and for ever; no unit of measure has them."""
_OWN = ("NTU", "pH", "MPN", "CFU")
"""Scales that measure nothing but themselves. Source: HJ 1075-2019 (NTU), HJ 1147-2020 (pH), HJ 347.2-2018 (MPN)."""


class MeasureError(Fault):
    """Two units that cannot be converted into each other, or one that is none."""

    remedy = "write a unit such as ug/m3, mg/L, t, kWh, m3/h; % and ppm are units too"


def plain_unit(text: str) -> str:
    """Return a unit as it is compared: one spelling for µ, ³ and the powers that people write without a sign.

    Source: docs/adr/0255 (5, units)
    """
    found = text.strip()
    for pattern, written in _SPELLING:
        found = pattern.sub(written, found)
    return found


@lru_cache(maxsize=1024)
def conversion_factor(source: str, target: str) -> Fraction:
    """Return by what a value in `source` is multiplied to be one in `target`, exactly.

    Args:
        source, target: Units as people write them, such as `mg/m3`.

    Raises:
        MeasureError: a unit is empty or unknown, they measure different things, or one has an offset (°C to °F).

    Source: BIPM SI brochure §2.3 (coherent units), chapter 4 (units accepted with the SI).
    """
    if not source.strip():
        raise MeasureError("没有写明单位 · the unit is missing; it is never guessed")
    one, other = plain_unit(source), plain_unit(target)
    return Fraction(1) if one == other else _worked_out(one, other)


def require_measure(text: str) -> None:
    """Check that a text is a unit.

    Raises:
        MeasureError: it is none.

    Source: docs/adr/0255 (5, units)
    """
    _base(plain_unit(text))


def _worked_out(source: str, target: str) -> Fraction:
    if _base(source)[1] != _base(target)[1]:
        raise MeasureError(f"{source} 与 {target} 不是同一种量 · {source} and {target} measure different things")
    return _base(source)[0] / _base(target)[0]


@lru_cache(maxsize=1024)
def _base(text: str) -> tuple[Fraction, str]:
    """A unit in base units: its factor, and what it measures as text; a unit with an offset measures itself alone."""
    if len(text) > LONGEST or _RUNAWAY.search(text):
        raise MeasureError(f"{text[:LONGEST]!r} 不是已知的单位 · {text[:LONGEST]!r} is no known unit")
    library = _library()
    power, _, rest = text.rpartition(" * ") if text.startswith("10^") else ("", "", text)
    try:
        unit = library.parse_units(rest)
        if any(not library._units[name].is_multiplicative for name in unit._units):
            return Fraction(1), f"offset:{text}"
        base = library.Quantity(Fraction(1), unit).to_base_units()
    except Exception as error:  # the library raises a dozen kinds for text that is no unit
        raise MeasureError(f"{text!r} 不是已知的单位 · {text!r} is no known unit") from error
    factor = 10 ** int(power[3:]) if power else 1
    return Fraction(base.magnitude) * factor, str(sorted(base.dimensionality.items(), key=str))


@cache
def _library() -> Any:
    import pint  # a second that only a conversion needs

    library = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for own in _OWN:
        library.define(f"{own} = [{own}_scale]")
    return library
