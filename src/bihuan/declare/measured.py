"""A number with its unit as people read it; a dimensionless one stands alone. Source: UCUM 2.1, "unity"."""

from __future__ import annotations

UNITY = "1"
"""The UCUM code of a count, an index, a pH: no reader wants to see it behind the number."""


def unit_shown(unit: str | None) -> str:
    """Return a unit as it stands on a page: nothing for none and for unity. Source: UCUM 2.1."""
    return "" if unit in (None, UNITY) else str(unit)


def measured(text: str, unit: str | None) -> str:
    """Return digits with their unit behind them.

    Args:
        text: Digits; empty for nothing. unit: UCUM code.

    Source: UCUM 2.1; GB/T 3101-1993 (a number and its unit apart by a space).
    """
    said = unit_shown(unit)
    return f"{text} {said}" if text and said else text
