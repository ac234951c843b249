"""Exact numbers: conversion without floats, declared rounding, plain text.

Rounding is part of a rule, never of a display: 89.5 is 优 under one declaration and 良 under another. The
statutory default is GB/T 8170 (round half to even, in one step).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    InvalidOperation,
)
from fractions import Fraction
from typing import Final

from bihuan.declare.reader import Reader
from bihuan.declare.source import Node
from bihuan.rules.errors import InputError

type Exact = int | Decimal | Fraction

# Wide enough that quantising a legal quantity can never fail for want of digits.
_WIDE: Final = Context(prec=80)

METHODS: Final[Mapping[str, str]] = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
}


@dataclass(frozen=True, slots=True)
class Rounding:
    """Rounding to `digits` decimals; `method` is none, half_even (GB/T 8170), half_up, ceiling or floor."""

    method: str = "none"
    digits: int = 0

    @property
    def step(self) -> Decimal | None:
        """Distance between neighbouring rounded values (0.1 for one digit); None when nothing is rounded."""
        return None if self.method == "none" else Decimal(1).scaleb(-self.digits)

    def decimal(self, value: Decimal) -> Decimal:
        """`value` rounded; unchanged under method none.

        Source: GB/T 8170-2008, 3.2 for half_even; other methods as a document declares them.
        """
        if self.method == "none":
            return value
        return value.quantize(Decimal(1).scaleb(-self.digits), METHODS[self.method], _WIDE)

    def exact(self, value: Exact) -> Decimal | Fraction:
        """`value` rounded exactly, even where it has no finite decimal form; a Fraction stays one under method none.

        Source: GB/T 8170-2008, 3.3 (no rounding of what was rounded).
        """
        if isinstance(value, Decimal | int):
            return self.decimal(Decimal(value))
        if self.method == "none":
            return value
        return scaled_decimal(_round_fraction(value * 10**self.digits, self.method), self.digits)


NOT_ROUNDED: Final = Rounding()


def _round_fraction(value: Fraction, method: str) -> int:
    match method:
        case "ceiling":
            return -(-value.numerator // value.denominator)
        case "floor":
            return value.numerator // value.denominator
        case "half_up":  # half away from zero, as decimal.ROUND_HALF_UP does
            magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
            return magnitude if value >= 0 else -magnitude
        case _:
            return round(value)


def scaled_decimal(units: int, digits: int) -> Decimal:
    """The Decimal `units` × 10**-digits, keeping its trailing zeros."""
    return Decimal(f"{units}E{-digits}")


def decimal_of(value: object, what: str) -> Decimal:
    """`value` (int, Decimal or decimal text) as a finite Decimal.

    Raises:
        InputError: for floats, booleans, NaN, infinities and text that is no number; `what` names the quantity.

    Source: docs/adr/0010 (6).
    """
    kind = type(value)
    if kind is int:
        return Decimal(value)  # type: ignore[arg-type]  # narrowed by identity: this is the hot path of every clock
    if kind is Decimal or kind is str:
        try:
            number = Decimal(value)  # type: ignore[arg-type]  # narrowed by identity, as above
        except InvalidOperation as error:
            raise InputError(f"{what}: {value!r} is not a decimal number; give for example '12.5'.") from error
        if number.is_finite():
            return number
        raise InputError(f"{what}: {value!r} is not finite; leave the value out when it is missing.")
    raise InputError(f"{what}: {value!r} is a {kind.__name__}; give an int, a Decimal or decimal text, never a float.")


def fraction_of(value: object, what: str) -> Fraction:
    """`value` (int, Decimal, Fraction or decimal text) as an exact Fraction; raises InputError as `decimal_of`.

    Source: docs/adr/0010 (6).
    """
    return value if isinstance(value, Fraction) else Fraction(decimal_of(value, what))


def number_text(value: Exact) -> str:
    """`value` as text without exponent, trailing zeros kept; a Fraction without finite decimal form as 'n/d'.

    Source: docs/adr/0010 (4, 6).
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def fixed_text(value: Exact | float, digits: int) -> str:
    """`value` with `digits` decimals, rounded half to even in one step from its exact value.

    Source: GB/T 8170-2008, 3.2 (half to even, never in two steps).
    """
    return number_text(Rounding("half_even", digits).exact(Fraction(value)))


def read_rounding(node: Node | None, reader: Reader) -> Rounding:
    """A declared rounding: `none`, or a mapping {method, digits}; problems go to `reader`."""
    if node is None or node.text == "none":
        return NOT_ROUNDED
    named = reader.fields(node, {"method", "digits"}, set())
    method = reader.choice(named.get("method"), tuple(METHODS), "half_even")
    digits = reader.integer(named.get("digits"))
    if not 0 <= digits <= 12:
        reader.problem(node, f"{digits} decimals cannot be right.", "Give 0 to 12 digits.")
        digits = 0
    return Rounding(method, digits)
