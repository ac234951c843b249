"""Confidence intervals for proportions and their differences.

Counts may be fractional (effective sample sizes of stratified samples). Ends are floats and leave this room only as
text (`Interval.to_json`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import fixed_text


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends, in the unit of what they enclose, with the method and level that gave them."""

    low: float
    high: float
    method: str
    level: float

    def to_json(self, digits: int = 6) -> dict[str, JSON]:
        """The ends as text with `digits` decimals."""
        return {
            "low": fixed_text(self.low, digits),
            "high": fixed_text(self.high, digits),
            "method": self.method,
            "level": fixed_text(self.level, 4).rstrip("0"),
        }

    def overlaps(self, other: "Interval") -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high


def normal_quantile(level: float) -> float:
    """z with P(|Z| ≤ z) = `level`; 1.96 for 0.95.

    Raises:
        InputError: the level does not lie between 0 and 1.

    Source: Wichura (1988), Algorithm AS 241, Applied Statistics 37:477, as Python's `statistics` has it.
    """
    if not 0 < level < 1:
        raise InputError(f"level: {level} must lie between 0 and 1, for example 0.95.")
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Wilson's score interval (Wilson 1927); 9 of 10 gives 0.5958–0.9821.

    Args:
        successes: 0 ≤ successes ≤ trials.
        trials: more than 0.
        level: two-sided confidence level.

    Raises:
        InputError: counts out of range.
    """
    _check(successes, trials)
    z = normal_quantile(level)
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    low = 0.0 if successes == 0 else max(0.0, centre - spread)
    high = 1.0 if successes == trials else min(1.0, centre + spread)
    return Interval(low, high, "wilson", level)


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """The exact interval (Clopper & Pearson 1934), never covering less than `level`. Arguments as for `wilson`."""
    from scipy.special import betaincinv  # imported here: it takes longer than most commands run

    _check(successes, trials)
    tail = (1 - level) / 2
    failures = trials - successes
    low = 0.0 if successes == 0 else float(betaincinv(successes, failures + 1, tail))
    high = 1.0 if failures == 0 else float(betaincinv(successes + 1, failures, 1 - tail))
    return Interval(low, high, "clopper-pearson", level)


METHODS: Final[Mapping[str, Callable[[float, float, float], Interval]]] = {
    "wilson": wilson,
    "clopper-pearson": clopper_pearson,
}


def proportion_interval(successes: float, trials: float, level: float, method: str = "wilson") -> Interval:
    """The interval by one of `METHODS`; raises InputError for an unknown method."""
    if method not in METHODS:
        raise InputError(f"method: '{method}' is unknown; use one of {', '.join(METHODS)}.")
    return METHODS[method](successes, trials, level)


def newcombe_difference(one: tuple[int, int], two: tuple[int, int], level: float = 0.95) -> Interval:
    """Interval of p1 − p2 for independent samples from the two Wilson intervals (Newcombe 1998, method 10).

    Args:
        one, two: (successes, trials) of each sample.
        level: two-sided confidence level.
    """
    first, second = wilson(*one, level), wilson(*two, level)
    share_one, share_two = one[0] / one[1], two[0] / two[1]
    difference = share_one - share_two
    below = math.hypot(share_one - first.low, second.high - share_two)
    above = math.hypot(first.high - share_one, share_two - second.low)
    return Interval(difference - below, difference + above, "newcombe", level)


def sidak_level(level: float, comparisons: int) -> float:
    """The level each of `comparisons` independent intervals needs so that all hold together at `level`.

    Source: Šidák (1967), Journal of the American Statistical Association 62:626.
    """
    return float(level ** (1 / comparisons))


def bonferroni_level(level: float, comparisons: int) -> float:
    """As `sidak_level`, without needing independence.

    Source: Dunn (1961), Journal of the American Statistical Association 56:52.
    """
    return 1 - (1 - level) / comparisons


def _check(successes: float, trials: float) -> None:
    if not trials > 0:
        raise InputError(f"trials: {trials} must be more than 0; a rate without cases has no interval.")
    if not 0 <= successes <= trials:
        raise InputError(f"successes: {successes} must lie between 0 and {trials} trials.")
