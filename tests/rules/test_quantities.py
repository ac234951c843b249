"""Exact numbers and declared rounding, against decimal and fractions of the standard library."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.rules.errors import InputError
from bihuan.rules.quantities import METHODS, Rounding, decimal_of, fixed_text, fraction_of, number_text

decimals = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [("60.5", 0, "60"), ("61.5", 0, "62"), ("89.5", 0, "90"), ("0.125", 2, "0.12"), ("12.15001", 1, "12.2")],
)
def test_half_even_as_gb_t_8170(value: str, digits: int, rounded: str) -> None:
    assert Rounding("half_even", digits).decimal(Decimal(value)) == Decimal(rounded)


@given(decimals, st.sampled_from(sorted(METHODS)), st.integers(0, 4))
def test_a_fraction_rounds_as_the_equal_decimal(value: Decimal, method: str, digits: int) -> None:
    rounding = Rounding(method, digits)
    assert rounding.exact(Fraction(value)) == rounding.decimal(value)


def test_one_step_only() -> None:
    # 0.4999…9 rounded to two digits first would become 0.50 and then 1.
    assert Rounding("half_up", 0).exact(Fraction(499999, 1000000)) == 0


def test_no_rounding_keeps_the_fraction() -> None:
    assert Rounding().exact(Fraction(1, 3)) == Fraction(1, 3)


def test_text_has_no_exponent_and_keeps_zeros() -> None:
    assert number_text(Decimal("1E+3")) == "1000"
    assert number_text(Decimal("0.30")) == "0.30"
    assert number_text(Fraction(1, 3)) == "1/3"
    assert fixed_text(Fraction(2, 3) * 100, 2) == "66.67"


@pytest.mark.parametrize("value", [0.1, float("nan"), True, None, "abc", "NaN", "Infinity", [1]])
def test_floats_and_non_numbers_are_refused_by_name(value: object) -> None:
    with pytest.raises(InputError, match="load"):
        decimal_of(value, "load")


def test_fraction_of_accepts_what_is_exact() -> None:
    assert fraction_of("0.1", "x") == Fraction(1, 10)
    assert fraction_of(Fraction(1, 3), "x") == Fraction(1, 3)
