"""What a restatement changes: per indicator, for the district and for each unit, before and after. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bihuan.numbers.cube import WHOLE, Count, Cube, Dimension, Number

DIMENSIONS: tuple[Dimension, ...] = ("district", "unit", "area", "category")


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """One number that is not what was published."""

    indicator: str
    by: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON. Source: docs/topics/indicators.md, "Closing a month" (a restatement says what differs)."""
        return {"indicator": self.indicator, "by": self.by, "key": self.key, "before": self.before, "after": self.after}


def differences(before: Cube, after: Cube) -> tuple[ChangedNumber, ...]:
    """Return every number that differs in numerator, denominator, exclusions or count, the district's first.

    Source: docs/topics/indicators.md, "Closing a month" (a restatement says what differs)
    """
    return tuple(_changes(before, after))


def _changes(before: Cube, after: Cube) -> Iterator[ChangedNumber]:
    for indicator in {**before.definitions, **after.definitions}:
        for by in DIMENSIONS:
            old, new = _slice(before, indicator, by), _slice(after, indicator, by)
            for key in sorted({*old, *new}, key=lambda k: (k != WHOLE, k)):
                if old.get(key) != new.get(key):
                    yield ChangedNumber(indicator, by, key, old.get(key), new.get(key))


def _slice(cube: Cube, indicator: str, by: Dimension) -> dict[str, dict[str, Any]]:
    if indicator not in cube.definitions:
        return {}
    return {key: _counts(number) for key, number in cube.slice(indicator, by).items()}


def _counts(number: Number) -> dict[str, Any]:
    if isinstance(number, Count):
        return {"count": number.count}
    return {
        "numerator": number.numerator,
        "denominator": number.denominator,
        "exclusions": dict(sorted(number.exclusions.items())),
    }
