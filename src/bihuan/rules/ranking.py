"""Ranking 排名 that admits what it does not know: official ranks beside simultaneous confidence intervals of the ranks.

From intervals of all scores that hold together at the chosen level (Šidák or Bonferroni), a unit's rank can be no
better than one plus the units surely above it, and no worse than the units not surely below it. Source: Klein, Wright
& Wieczorek (2020), "A joint confidence region for an overall ranking of populations", JRSS C 69, 589–606.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import (
    Interval,
    bonferroni_level,
    newcombe_difference,
    normal_quantile,
    proportion_interval,
    sidak_level,
)
from bihuan.rules.quantities import fixed_text, number_text
from bihuan.rules.rates import Rate

ADJUSTMENTS: Final[Mapping[str, Callable[[float, int], float]]] = {
    "sidak": sidak_level,
    "bonferroni": bonferroni_level,
}


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One rate of a composite score: `rate` × `weight` (weights may sum to 100 for a score out of 100)."""

    rate: Rate
    weight: Fraction


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """A unit to be ranked: its exact score and how to get the score's interval at any level (None: too few cases)."""

    unit: str
    score: Fraction | None
    interval: Callable[[float], Interval] | None
    group: str = ""

    @classmethod
    def of_rate(cls, unit: str, rate: Rate, group: str = "") -> Self:
        """A unit ranked by one rate, with that rate's own interval method."""
        return cls.of_parts(unit, [ScorePart(rate, Fraction(1))], group)

    @classmethod
    def of_parts(cls, unit: str, parts: Sequence[ScorePart], group: str = "") -> Self:
        """A unit ranked by a weighted sum of rates, such as the three rates.

        The interval is the weighted sum of the rates' intervals: the rates come from the same call-backs and may move
        together; dependence can make it no wider than this. A rate with too few cases leaves the unit unranked.

        Source: docs/adr/0010 (7); the weights come from a dated document.
        """
        if not all(part.rate.enough for part in parts):
            return cls(unit, None, None, group)
        score = sum((part.weight * (part.rate.value or 0) for part in parts), Fraction(0))

        def interval(level: float) -> Interval:
            ends = [
                proportion_interval(part.rate.numerator, part.rate.denominator, level, part.rate.method)
                for part in parts
            ]
            weights = [float(part.weight) for part in parts]
            low = sum(weight * end.low for weight, end in zip(weights, ends, strict=True))
            high = sum(weight * end.high for weight, end in zip(weights, ends, strict=True))
            return Interval(low, high, parts[0].rate.method, level)

        return cls(unit, score, interval, group)

    @classmethod
    def of_estimate(cls, unit: str, score: Fraction, standard_error: float, group: str = "") -> Self:
        """A unit ranked by an estimate with a known standard error, taken as normal.

        Source: Klein, Wright & Wieczorek (2020), who rank estimates with known standard errors.
        """
        if standard_error < 0:
            raise InputError(f"{unit}: a standard error of {standard_error} is impossible.")

        def interval(level: float) -> Interval:
            spread = normal_quantile(level) * standard_error
            return Interval(float(score) - spread, float(score) + spread, "normal", level)

        return cls(unit, score, interval, group)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of a ranking.

    rank: official, units with equal scores share it and the next skips (1, 2, 2, 4); None when unranked.
    rank_low, rank_high: where the true rank lies, for all units of the group together, at the chosen level.
    interval: of the score, at the adjusted level.   like: units not distinguishable from this one.
    """

    unit: str
    group: str
    score: Fraction | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    interval: Interval | None
    like: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "unit": self.unit,
            "group": self.group,
            "score": None if self.score is None else number_text(self.score),
            "rank": self.rank,
            "rank_low": self.rank_low,
            "rank_high": self.rank_high,
            "interval": None if self.interval is None else self.interval.to_json(),
            "not_distinguishable_from": list(self.like),
        }


def rank(
    standings: Sequence[UnitStanding], level: float = 0.95, adjustment: str = "sidak", higher_is_better: bool = True
) -> tuple[Ranked, ...]:
    """The ranking of each group, best first, units without a score last.

    Args:
        standings: one per unit; units of different groups are never compared.
        level: at which all rank intervals of a group hold together.
        adjustment: 'sidak' (units' samples are independent) or 'bonferroni' (no assumption).
        higher_is_better: False for complaints per head and the like.

    Raises:
        InputError: a unit appears twice, or the adjustment is unknown.

    Source: Klein, Wright & Wieczorek (2020), JRSS C 69:589; docs/adr/0010 (7).
    """
    if adjustment not in ADJUSTMENTS:
        raise InputError(f"adjustment: '{adjustment}' is unknown; use one of {', '.join(ADJUSTMENTS)}.")
    units = [standing.unit for standing in standings]
    if len(set(units)) != len(units):
        twice = sorted({unit for unit in units if units.count(unit) > 1})
        raise InputError(f"standings: {', '.join(twice)} appear more than once.")
    ranked: list[Ranked] = []
    for group in sorted({standing.group for standing in standings}):
        members = [standing for standing in standings if standing.group == group]
        ranked.extend(_rank_group(members, level, adjustment, higher_is_better))
    return tuple(ranked)


def _rank_group(members: list[UnitStanding], level: float, adjustment: str, higher: bool) -> list[Ranked]:
    scored = [(one, one.score, one.interval) for one in members if one.score is not None and one.interval is not None]
    adjusted = ADJUSTMENTS[adjustment](level, max(1, len(scored)))
    lines = [(one, score, interval(adjusted)) for one, score, interval in scored]
    ranked: list[Ranked] = []
    for one, score, interval in lines:
        better = sum(other > score if higher else other < score for _, other, _ in lines)
        above = sum(_surely_above(other, interval, higher) for _, _, other in lines)
        below = sum(_surely_above(interval, other, higher) for _, _, other in lines)
        like = tuple(sorted(peer.unit for peer, _, other in lines if peer is not one and interval.overlaps(other)))
        ranked.append(Ranked(one.unit, one.group, score, better + 1, above + 1, len(lines) - below, interval, like))
    ranked.sort(key=lambda line: (line.rank or 0, line.unit))
    unranked = sorted((one for one in members if one.score is None or one.interval is None), key=lambda one: one.unit)
    ranked.extend(Ranked(one.unit, one.group, None, None, None, None, None, ()) for one in unranked)
    return ranked


def _surely_above(one: Interval, two: Interval, higher: bool) -> bool:
    return one.low > two.high if higher else one.high < two.low


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two units compared on demand: first minus second, its interval, and whether they can be told apart."""

    first: str
    second: str
    difference: Fraction
    interval: Interval

    @property
    def distinguishable(self) -> bool:
        """Whether the interval excludes zero. Source: docs/topics/rules.md, "Ranking and classes"."""
        return self.interval.low > 0 or self.interval.high < 0

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "first": self.first,
            "second": self.second,
            "difference": number_text(self.difference),
            "percent_points": fixed_text(self.difference * 100, 2),
            "interval": self.interval.to_json(),
            "distinguishable": self.distinguishable,
        }


def compare_rates(first: str, one: Rate, second: str, two: Rate, level: float = 0.95) -> Comparison:
    """Two units' rates compared for themselves (not corrected for picking the pair after seeing the ranking).

    Args:
        first, second: the units.  one, two: their rates of the same definition.
        level: of the interval (Newcombe 1998).

    Raises:
        InputError: the rates are of different definitions, or one has no cases.
    """
    if (one.definition, one.version) != (two.definition, two.version):
        raise InputError(f"{one.definition} {one.version} and {two.definition} {two.version} cannot be compared.")
    if one.value is None or two.value is None:
        raise InputError(f"{first if one.value is None else second} has no cases to compare.")
    interval = newcombe_difference((one.numerator, one.denominator), (two.numerator, two.denominator), level)
    return Comparison(first, second, one.value - two.value, interval)
