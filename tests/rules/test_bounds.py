"""Bounds: open and closed ends, overlap and gaps, against the plain definition on a grid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.rules.bounds import Bounds, first_between, last_between

GRID = [Decimal(n) / 2 for n in range(-8, 9)]


@st.composite
def texts(draw: st.DrawFn) -> str:
    low = draw(st.integers(-3, 2))
    high = draw(st.integers(low + 1, 3))
    left, right = draw(st.sampled_from("[(")), draw(st.sampled_from("])"))
    return f"{left}{low}, {high}{right}"


def inside(text: str, value: Decimal) -> bool:
    low, high = (Decimal(part) for part in text[1:-1].split(", "))
    above = value >= low if text[0] == "[" else value > low
    below = value <= high if text[-1] == "]" else value < high
    return above and below


@given(texts())
def test_contains_what_the_text_says(text: str) -> None:
    bounds = Bounds.parse(text)
    assert [bounds.contains(value) for value in GRID] == [inside(text, value) for value in GRID]
    assert str(bounds) == text
    assert Bounds.parse(str(bounds)) == bounds


@given(texts(), texts())
def test_overlap_is_a_common_number(one: str, two: str) -> None:
    # Ends are whole numbers, so a common number shows on the grid of halves.
    common = any(inside(one, value) and inside(two, value) for value in GRID)
    assert Bounds.parse(one).overlaps(Bounds.parse(two)) == common


@given(texts(), texts(), st.sampled_from([Decimal(1), Decimal("0.5")]))
def test_first_and_last_between_two_bounds(one: str, two: str, step: Decimal) -> None:
    lower, upper = Bounds.parse(one).upper, Bounds.parse(two).lower
    between = [value for value in GRID if value % step == 0 and lower <= (value, 0) and (value, 1) <= upper]
    assert first_between(lower, upper, step) == (between[0] if between else None)
    assert last_between(lower, upper, step) == (between[-1] if between else None)


def test_without_a_grid_any_number_between_counts() -> None:
    lower, upper = Bounds.parse("[0, 1]").upper, Bounds.parse("(1, 2]").lower
    assert first_between(lower, upper, None) is None
    lower, upper = Bounds.parse("[0, 1)").upper, Bounds.parse("(1, 2]").lower
    assert first_between(lower, upper, None) == 1
    upper = Bounds.parse("[2, 3]").lower
    assert (first_between(lower, upper, None), last_between(lower, upper, None)) == (1, Decimal("1.5"))


def test_infinite_ends() -> None:
    everything = Bounds.parse("(-inf, inf)")
    assert all(everything.contains(value) for value in GRID)
    assert str(everything) == "(-inf, inf)"
    assert first_between(everything.lower, everything.upper, Decimal(1)) == 0
    assert first_between(everything.lower, (Decimal(3), 0), Decimal(1)) == 2
    assert last_between((Decimal(3), 1), everything.upper, Decimal(1)) == 4


def test_a_single_number() -> None:
    seven = Bounds.parse("7")
    assert seven.contains(Decimal("7.0"))
    assert not seven.contains(Decimal("7.1"))
    assert str(seven) == "7"


@pytest.mark.parametrize("text", ["[1, 1)", "(2, 1]", "[-inf, 3)", "(3, inf]", "3-4", "", "[1;2]", "[a, b]"])
def test_malformed_bounds_say_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"form|infinite|no number"):
        Bounds.parse(text)
