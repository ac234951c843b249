"""Exact values: whole numbers of the last digit that a series keeps, rounded once, half to even.

A value of 35.5 with one decimal is 355. Source: GB/T 8170-2008 §3.2, §3.3 (half to even, never twice).
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

LARGEST = 10**17
"""No value has more digits than this; sums of a year of them stay exact in Python and single values fit 64 bits."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?")


def exact_number(text: str) -> Fraction | None:
    """Return the number that digits stand for, exactly; None when the text is no number.

    Source: docs/adr/0255 (2, whole numbers of the last digit)
    """
    return Fraction(text) if _NUMBER.fullmatch(text) and text.isascii() else None


def scaled(value: Fraction, decimals: int) -> int:
    """Return a value as a whole number of its last digit, half to even.

    Args:
        value: Exact, in the unit of the series.
        decimals: Digits behind the point that are kept; may be 0.

    Source: GB/T 8170-2008 §3.2.
    """
    return round(value * Fraction(10**decimals))


def unscaled(value: int, decimals: int) -> Fraction:
    """Return the exact value of a stored whole number. Source: docs/adr/0255 (2, whole numbers of the last digit)."""
    return Fraction(value, 10**decimals)


def shown(value: int | None, decimals: int) -> str:
    """Return a stored value as digits, trailing zeros kept; empty for a missing one. Source: GB/T 8170-2008 §2."""
    return "" if value is None else format(Decimal(value).scaleb(-decimals), "f")
