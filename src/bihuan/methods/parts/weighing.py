"""How far one weighing may be off: computed from the class of the scale and its interval, never typed in.

Source: OIML R 76-1:2006, 3.5.1 (table 6, class III) and 3.5.2: in service twice the errors of the first verification.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

_STEPS = ((500, 1), (2_000, 2))
_ABOVE = 3


class Weighed(NamedTuple):
    """A net quantity with its instrument.

    Args:
        gross, tare: kg. interval: e of the scale in kg, None where nothing was weighed.
        estimated: Whether somebody only estimated it. share: Error of an estimate, as a part of it.
    """

    gross: Fraction
    tare: Fraction
    interval: Fraction | None
    estimated: bool = False
    share: Fraction = Fraction(1, 10)

    @property
    def net(self) -> Fraction:
        """Gross less tare, kg."""
        return self.gross - self.tare


def error_in_service(weight: Fraction, interval: Fraction) -> Fraction:
    """Return the largest permissible error of one weighing on a scale of class III in service, kg.

    Args:
        weight: kg. interval: e, kg.

    Source: OIML R 76-1:2006, 3.5.1, 3.5.2
    """
    intervals = abs(weight) / interval
    times = next((times for most, times in _STEPS if intervals <= most), _ABOVE)
    return times * interval


@lru_cache(maxsize=1 << 16)  # a day's loads are weighed anew by every look at them
def squared_error(weighed: Weighed) -> Fraction:
    """Return the square of the error of a net quantity, kg²: gross and tare weighed apart, or the share of an estimate.

    Source: OIML R 76-1:2006, 3.5.2; JCGM 100:2008, 5.1.2 (independent errors add in squares)
    """
    if weighed.estimated or not weighed.interval:
        return (weighed.share * weighed.net) ** 2
    gross, tare = (error_in_service(each, weighed.interval) for each in (weighed.gross, weighed.tare))
    return gross**2 + tare**2
