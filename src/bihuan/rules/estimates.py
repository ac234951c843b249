"""Small closed-form estimates that several indicators share."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from bihuan.rules.errors import InputError
from bihuan.rules.quantities import Exact, fraction_of


def percentile(values: Sequence[Exact], share: Decimal | Fraction) -> Fraction:
    """The percentile at position 1 + (n − 1)·share of the ascending values, linear between neighbours.

    Source: HJ 663 (percentiles of daily means); 1…365 at 0.90 gives 328.6.

    Args:
        values: at least one number, in any order.
        share: between 0 and 1, for example Decimal('0.95').

    Raises:
        InputError: no values, a float among them, or a share out of range.
    """
    if not values:
        raise InputError("values: a percentile needs at least one value.")
    part = Fraction(share)
    if not 0 <= part <= 1:
        raise InputError(f"share: {share} must lie between 0 and 1.")
    ordered = sorted(fraction_of(value, "values") for value in values)
    position = (len(ordered) - 1) * part
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def chapman(first: int, second: int, both: int) -> tuple[Fraction, Fraction]:
    """Size of a population counted twice: Chapman's estimate (1951) and its variance (Seber 1970).

    Args:
        first, second: found by each count.  both: found by both.

    Raises:
        InputError: `both` exceeds one of the counts, or a count is negative.
    """
    if not 0 <= both <= min(first, second):
        raise InputError(f"both: {both} must lie between 0 and the smaller count, {min(first, second)}.")
    size = Fraction((first + 1) * (second + 1), both + 1) - 1
    spread = Fraction((first + 1) * (second + 1) * (first - both) * (second - both), (both + 1) ** 2 * (both + 2))
    return size, spread


def longest_run(hits: Sequence[bool], including: Sequence[bool] | None = None) -> int:
    """Length of the longest unbroken run of True in `hits`, such as days above a level.

    Args:
        hits: one flag per day, in order.
        including: if given, only runs count in which at least one of these flags (same length) is True.

    Raises:
        InputError: the two differ in length.

    Source: docs/topics/rules.md, "A decision table" (days in a row are counted and given to the table).
    """
    marks = hits if including is None else including
    if len(marks) != len(hits):
        raise InputError(f"including: {len(marks)} flags for {len(hits)} days.")
    longest = length = 0
    marked = False
    for hit, mark in zip(hits, marks, strict=True):
        length, marked = (length + 1, marked or mark) if hit else (0, False)
        if marked or including is None:
            longest = max(longest, length)
    return longest
