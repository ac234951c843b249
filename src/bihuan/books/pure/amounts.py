"""Quantities as whole numbers of the smallest unit that a book counts: fen, grams, pieces. Never a float."""

from __future__ import annotations

import re

LARGEST = 2**53 - 1
"""The largest amount of one line, which every JSON reader keeps exactly (RFC 7493 §2.2)."""
DEEPEST_SCALE = 6

_WRITTEN = re.compile(r"([+-]?)([0-9]{1,16})(?:\.([0-9]{0,12}))?")


def read_amount(text: str, scale: int) -> int | None:
    """Read a decimal text as a whole number of smallest units; None when it is none, or is finer than the unit.

    Args:
        text: Digits with at most one point, such as `1234.5`; spaces around it do not count.
        scale: Decimals of the unit: 2 for yuan in fen.

    Source: ISO 4217 (minor units); RFC 7493 §2.2.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    sign, whole, part = found.groups()
    digits = (part or "").rstrip("0")
    if len(digits) > scale:
        return None
    amount = int(whole + digits.ljust(scale, "0"))
    return None if amount > LARGEST else -amount if sign == "-" else amount


def write_amount(amount: int, scale: int) -> str:
    """Write a whole number of smallest units with the unit's decimals: `123450` with 2 is `1234.50`.

    Source: docs/adr/0260 (2, whole numbers of the smallest unit)
    """
    sign = "-" if amount < 0 else ""
    digits = str(abs(amount)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"
