"""Numeric bounds whose ends are declared open or closed: `[0, 35]`, `(35, 60]`, `(60, inf)`, or one exact number.

Ends are compared as *cuts* of the number line: the cut (v, 0) lies just before v, (v, 1) just after it. A closed
lower end cuts before its value, an open one after it, so that touching, overlap and gap need no special cases.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

type Cut = tuple[Decimal, int]

INFINITY: Final = Decimal("Infinity")
_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_BOUNDS: Final = re.compile(rf"([\[(])\s*({_NUMBER}|-inf)\s*,\s*({_NUMBER}|inf)\s*([\])])")
_POINT: Final = re.compile(_NUMBER)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The numbers between two cuts."""

    lower: Cut
    upper: Cut

    @classmethod
    def parse(cls, text: str) -> "Bounds":
        """Bounds from text such as '[35, 60)', '(-inf, 0)' or '7'.

        Raises:
            ValueError: saying what is malformed (form, infinite end closed, no number inside).

        Source: ISO 80000-2 (notation of intervals); docs/topics/rules.md, "A rule table" (bounds say open or closed).
        """
        text = text.strip()
        if _POINT.fullmatch(text):
            return cls((Decimal(text), 0), (Decimal(text), 1))
        match = _BOUNDS.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not of the form '[low, high)' with [ ] for closed and ( ) for open ends")
        left, low, high, right = match.groups()
        if (low == "-inf" and left == "[") or (high == "inf" and right == "]"):
            raise ValueError(f"{text!r} closes an infinite end; write '(' before -inf and ')' after inf")
        lower = (-INFINITY if low == "-inf" else Decimal(low), 0 if left == "[" else 1)
        upper = (INFINITY if high == "inf" else Decimal(high), 1 if right == "]" else 0)
        if lower >= upper:
            raise ValueError(f"{text!r} contains no number; the lower end must lie below the upper")
        return cls(lower, upper)

    @property
    def low(self) -> Decimal:
        """The lower end's value, closed or not; -Infinity when there is none."""
        return self.lower[0]

    @property
    def high(self) -> Decimal:
        """The upper end's value, closed or not; Infinity when there is none."""
        return self.upper[0]

    def contains(self, value: Decimal) -> bool:
        """Whether `value` lies inside, honouring the declared ends. Source: docs/adr/0010 (2)."""
        return self.lower <= (value, 0) and (value, 1) <= self.upper

    def overlaps(self, other: "Bounds") -> bool:
        """Whether some number lies in both."""
        return self.lower < other.upper and other.lower < self.upper

    def __str__(self) -> str:
        if self.low == self.high:
            return format(self.low, "f")
        left, right = "[" if self.lower[1] == 0 else "(", "]" if self.upper[1] == 1 else ")"
        low = "-inf" if self.low.is_infinite() else format(self.low, "f")
        high = "inf" if self.high.is_infinite() else format(self.high, "f")
        return f"{left}{low}, {high}{right}"


def first_between(lower: Cut, upper: Cut, step: Decimal | None) -> Decimal | None:
    """The smallest value after `lower` and before `upper` among multiples of `step`; None if there is none.

    With `step` None every decimal counts, and some value inside stands for "the smallest" of an open end.
    """
    if lower >= upper:
        return None
    if step is None:
        return lower[0] if lower[1] == 0 and lower[0].is_finite() else _inside(lower, upper)
    if lower[0].is_infinite():
        return last_between(lower, upper, step) if upper[0].is_finite() else Decimal(0)
    value = (lower[0] / step).to_integral_value(ROUND_CEILING) * step
    if (value, 0) < lower:
        value += step
    return value if (value, 1) <= upper else None


def last_between(lower: Cut, upper: Cut, step: Decimal | None) -> Decimal | None:
    """The largest value after `lower` and before `upper` among multiples of `step`; see `first_between`."""
    if lower >= upper:
        return None
    if step is None:
        return upper[0] if upper[1] == 1 and upper[0].is_finite() else _inside(lower, upper)
    if upper[0].is_infinite():
        return first_between(lower, upper, step) if lower[0].is_finite() else Decimal(0)
    value = (upper[0] / step).to_integral_value(ROUND_FLOOR) * step
    if (value, 1) > upper:
        value -= step
    return value if lower <= (value, 0) else None


def _inside(lower: Cut, upper: Cut) -> Decimal:
    low, high = lower[0], upper[0]
    if low == high:  # one exact number, cut before and after
        return low
    if low.is_infinite() and high.is_infinite():
        return Decimal(0)
    if low.is_infinite():
        return high - 1
    return low + 1 if high.is_infinite() else (low + high) / 2
