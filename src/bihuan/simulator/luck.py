"""The luck of a sample: numbers drawn from its seed by name, the same on every machine and for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta


class Luck:
    """A stream of luck. Streams of other names are independent, so that a new draw shifts no other.

    Args:
        seed: Any whole number. name: Of the stream.
    """

    def __init__(self, seed: int, name: str = "") -> None:
        self._key = f"{seed}/{name}"
        self._turn = 0

    def stream(self, name: str) -> Luck:
        """Return the stream of another name. Source: docs/topics/play.md, "Luck"."""
        out = Luck(0)
        out._key = f"{self._key}/{name}"
        return out

    def roll(self) -> float:
        """Return a number in [0, 1): 53 bits of SHA-256 of seed, stream and turn.

        Source: FIPS 180-4; docs/topics/play.md, "Luck".
        """
        digest = hashlib.sha256(f"{self._key}/{self._turn}".encode()).digest()
        self._turn += 1
        return (int.from_bytes(digest[:8]) >> 11) / (1 << 53)

    def chance(self, share: float) -> bool:
        """Return whether something of that probability happens."""
        return self.roll() < share

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.roll() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return low + self.roll() * (high - low)

    def pick[T](self, options: Sequence[T]) -> T:
        """Return one of the options, all alike."""
        return options[int(self.roll() * len(options))]

    def weighted[T](self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of the options by weight."""
        left = self.roll() * sum(weight for _, weight in options)
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return options[-1][0]

    def sample[T](self, options: Sequence[T], count: int) -> list[T]:
        """Return so many different ones, in drawn order (Fisher-Yates).

        Source: D. E. Knuth, The Art of Computer Programming, vol. 2, 3.4.2 (algorithm P).
        """
        left = list(options)
        for place in range(count):
            other = self.whole(place, len(left) - 1)
            left[place], left[other] = left[other], left[place]
        return left[:count]

    def moment(self, day: datetime, first: float = 9, last: float = 17) -> datetime:
        """Return an instant of a day, between two hours after its start, to the second."""
        return day + timedelta(seconds=int(self.between(first, last) * 3600))
