"""From what a source writes to a value of a series: number, letter, or a refusal with rule and remedy.

    0.025L    below the limit of detection: the limit is kept, flag L, and takes part as declared
    >24000    above the range: the limit is kept, flag G
    -999.0    a declared sentinel, in any spelling: missing, flag X
    8000      outside of what is plausible: kept, flag P, takes part in nothing

Source: HJ 630-2011 §5.4 (L for results below the detection limit); HJ 212-2017 §6.6.4 (flags); docs/adr/0255.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from bihuan.series.declared import SeriesFile
from bihuan.series.measures import conversion_factor
from bihuan.series.rounding import LARGEST, exact_number, scaled

GOOD, CENSORED, BEYOND, MISSING, IMPLAUSIBLE = "N", "L", "G", "X", "P"
EMPTY = frozenset({"", "-", "—", "NA", "N/A", "NaN", "nan", "null", "NULL", "/"})


class ValueRefusal(NamedTuple):
    """Why a row is not taken: the field, the rule it breaks, and what to do, English · 中文."""

    field: str
    rule: str
    remedy: str


class Reading(NamedTuple):
    """A value as it is kept: whole number of the last digit (None when missing), letter, whether digits were cut."""

    value: int | None
    flag: str
    rounded: bool = False


class ValueMeaning:
    """Reads the values of one series from one source; the factor of the unit is worked out once.

    Args:
        declared: The series.
        unit: Of the source's values.
        flags: What the source writes → the letter kept.

    Raises:
        MeasureError: the unit is missing, unknown, or measures something else.
    """

    def __init__(self, declared: SeriesFile, unit: str, flags: dict[str, str] | None = None) -> None:
        self.declared = declared
        self.factor = conversion_factor(unit, declared.unit)
        self._flags = flags or {}
        self._sentinels = {Fraction(number) for number in declared.sentinels}
        self._read: dict[tuple[str, str], Reading | ValueRefusal] = {}

    @cached_property
    def _bounds(self) -> tuple[int | None, int | None]:
        bounds, decimals = self.declared.plausible, self.declared.precision
        low, high = (None if b is None else scaled(Fraction(b), decimals) for b in (bounds.low, bounds.high))
        return low, high

    def read(self, text: str, flag: str = "") -> Reading | ValueRefusal:
        """Return what a text and the source's flag mean. Source: see the module."""
        known = self._read.get((text, flag))
        if known is None:
            known = self._worked_out(text.strip(), flag.strip())
            if len(self._read) < 100_000:
                self._read[text, flag] = known
        return known

    def _worked_out(self, text: str, flag: str) -> Reading | ValueRefusal:
        letter = self._letter(flag)
        if isinstance(letter, ValueRefusal):
            return letter
        if text in EMPTY:
            return Reading(None, MISSING if letter == GOOD else letter)
        number, mark = _split(text)
        value = exact_number(number)
        if value is None:
            return ValueRefusal(
                "value", f"{text!r} 不是数值 · is no number", "写数字，或留空 · write digits, or leave it empty"
            )
        if not mark and value in self._sentinels:
            return Reading(None, MISSING)
        if mark == CENSORED and self.declared.censored is None:
            rule = f"{text!r}：本序列未声明检出限以下的值 · this series takes no value below a limit of detection"
            return ValueRefusal("value", rule, "在声明中写明 censored · declare `censored`, or write a number")
        return self._kept(value, mark or letter, text)

    def _kept(self, value: Fraction, letter: str, text: str) -> Reading | ValueRefusal:
        exact = value * self.factor * 10**self.declared.precision
        kept = round(exact)
        if abs(kept) >= LARGEST:
            return ValueRefusal(
                "value", f"{text!r} 位数过多 · has too many digits", "核对单位和数值 · check unit and value"
            )
        low, high = self._bounds
        if letter == GOOD and ((low is not None and kept < low) or (high is not None and kept > high)):
            letter = IMPLAUSIBLE
        return Reading(kept, letter, kept != exact)

    def _letter(self, flag: str) -> str | ValueRefusal:
        if not flag:
            return GOOD
        found = self._flags.get(flag, flag)
        if len(found) == 1 and "A" <= found <= "Z":
            return found
        remedy = f"在来源的 flags 中登记 · list it under `flags` of the source: {flag!r}: N"
        return ValueRefusal("flag", f"{flag!r} 不是已知的标记 · is no known flag", remedy)


def _split(text: str) -> tuple[str, str]:
    """The number, and the letter that its mark stands for."""
    if text[-1] in "Ll":
        return text[:-1].strip(), CENSORED
    if text[0] in "<＜":
        return text[1:].strip(), CENSORED
    if text[0] in ">＞":
        return text[1:].strip(), BEYOND
    return text, ""


def effective(declared: SeriesFile, value: int | None, flag: str) -> Fraction | None:
    """Return with how much a value takes part, in the series' last digit; None when it takes part in nothing.

    Source: GB 17378.2-2007 §4.4 (half of the detection limit); HJ 212-2017 §6.6.4 (only values flagged N are valid).
    """
    if value is None or flag not in declared.valid:
        return None
    if flag == CENSORED:
        return {"half": Fraction(value, 2), "limit": Fraction(value), "zero": Fraction(0)}[declared.censored or "limit"]
    return Fraction(value)
