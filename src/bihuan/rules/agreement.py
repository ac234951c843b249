"""Agreement of two judges on the same cases beyond chance: Cohen's κ, for a unit's claim against the call-back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval, normal_quantile
from bihuan.rules.quantities import fixed_text, number_text


@dataclass(frozen=True, slots=True)
class Agreement:
    """κ with its large-sample interval; `observed` and `expected` are the exact shares of agreement."""

    kappa: Fraction | None
    observed: Fraction
    expected: Fraction
    interval: Interval | None
    cases: int

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats; κ is null when both judges use one and the same answer throughout."""
        return {
            "kappa": None if self.kappa is None else fixed_text(self.kappa, 6),
            "observed": number_text(self.observed),
            "expected": number_text(self.expected),
            "interval": None if self.interval is None else self.interval.to_json(),
            "cases": self.cases,
        }


def cohen_kappa(table: Sequence[Sequence[int]], level: float = 0.95) -> Agreement:
    """Cohen's κ (1960) with the variance of Fleiss, Cohen & Everitt (1969).

    Args:
        table: square; table[i][j] cases that the first judge put into class i and the second into class j.
        level: of the interval.

    Raises:
        InputError: the table is not square, holds no case or a negative count.
    """
    size = len(table)
    if any(len(row) != size for row in table) or any(count < 0 for row in table for count in row):
        raise InputError("table: must be square with counts of 0 or more.")
    total = sum(map(sum, table))
    if not total:
        raise InputError("table: there is no case in it.")
    rows = [Fraction(sum(row), total) for row in table]
    columns = [Fraction(sum(row[j] for row in table), total) for j in range(size)]
    observed = Fraction(sum(table[i][i] for i in range(size)), total)
    expected = sum((rows[i] * columns[i] for i in range(size)), Fraction(0))
    if expected == 1:
        return Agreement(None, observed, expected, None, total)
    kappa = (observed - expected) / (1 - expected)
    diagonal = sum(Fraction(table[i][i], total) * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in range(size))
    beside = sum(
        Fraction(table[i][j], total) * (columns[i] + rows[j]) ** 2 for i in range(size) for j in range(size) if i != j
    )
    chance = (kappa - expected * (1 - kappa)) ** 2
    variance = (diagonal + (1 - kappa) ** 2 * beside - chance) / (total * (1 - expected) ** 2)
    spread = normal_quantile(level) * math.sqrt(max(0.0, float(variance)))
    interval = Interval(max(-1.0, float(kappa) - spread), min(1.0, float(kappa) + spread), "fleiss", level)
    return Agreement(kappa, observed, expected, interval, total)
