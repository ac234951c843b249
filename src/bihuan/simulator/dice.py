"""The luck of one case: a row of pre-drawn uniform numbers, so that the outcome never depends on processing order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

from bihuan.simulator.parameters import Spread

_NORMAL = NormalDist()


class Dice:
    """Draws from the row in turn, starting again (rotated) at its end."""

    __slots__ = ("_row", "_turn")

    def __init__(self, row: Sequence[float], start: int = 0) -> None:
        self._row = row
        self._turn = start

    def roll(self) -> float:
        """Return a number in [0, 1).

        Source: docs/adr/0070 (4): all luck is drawn first; each lap is turned by the golden ratio.
        """
        turn = self._turn
        self._turn += 1
        lap, place = divmod(turn, len(self._row))
        return (self._row[place] + lap * 0.6180339887498949) % 1.0

    def below(self, n: int) -> int:
        """Return a whole number in 0 … n-1. Source: docs/adr/0070 (the same seed plays the same district)."""
        return int(self.roll() * n)

    def chance(self, p: float) -> bool:
        """True with probability p. Source: docs/adr/0070 (the same seed plays the same district)."""
        return self.roll() < p

    def pick[T](self, options: Sequence[T]) -> T:
        """One of the options, all alike. Source: docs/adr/0070 (the same seed plays the same district)."""
        return options[int(self.roll() * len(options))]

    def weighted(self, weights: Mapping[str, float]) -> str:
        """One of the keys, by weight. Source: docs/adr/0070 (the same seed plays the same district)."""
        left = self.roll() * sum(weights.values())
        name = ""
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return name

    def lognormal(self, spread: Spread) -> float:
        """A log-normal quantity. Source: inversion: Devroye (1986), Non-Uniform Random Variate Generation, ch. 2."""
        return spread.median * math.exp(spread.sigma * _NORMAL.inv_cdf(min(max(self.roll(), 1e-6), 1 - 1e-6)))

    def between(self, low: float, high: float) -> float:
        """Return a uniform quantity. Source: docs/adr/0070 (the same seed plays the same district)."""
        return low + (high - low) * self.roll()
