"""Estimating a share of all cases from a stratified random sample (Horvitz & Thompson 1952; Cochran 1977, ch. 5).

Each stratum's answers stand for its whole population; the finite population correction counts what was not asked.
Those not reached are taken to be as those reached of the same stratum — an assumption, so the reach is reported too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval, normal_quantile, proportion_interval
from bihuan.rules.quantities import fixed_text, number_text


@dataclass(frozen=True, slots=True)
class SurveyStratum:
    """One stratum: cases in the `population`, `sampled` of them, `answered` of those, `positive` among the answers."""

    id: str
    population: int
    sampled: int
    answered: int
    positive: int

    def __post_init__(self) -> None:
        if not 0 <= self.positive <= self.answered <= self.sampled <= self.population:
            raise InputError(
                f"stratum {self.id}: positive {self.positive} ≤ answered {self.answered} ≤ sampled {self.sampled} "
                f"≤ population {self.population} does not hold."
            )


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated share: exact `value` and `variance`, the effective sample size, what was merged, the interval."""

    value: Fraction
    variance: Fraction
    effective_n: float
    population: int
    sampled: int
    answered: int
    merged: tuple[str, ...]
    interval: Interval

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "value": number_text(self.value),
            "percent": fixed_text(self.value * 100, 2),
            "standard_error": fixed_text(float(self.variance) ** 0.5, 6),
            "effective_n": fixed_text(self.effective_n, 1),
            "population": self.population,
            "sampled": self.sampled,
            "answered": self.answered,
            "merged": list(self.merged),
            "interval": self.interval.to_json(),
        }


def stratified_share(strata: Sequence[SurveyStratum], level: float = 0.95, method: str = "wilson") -> Estimate:
    """The share of positives in the whole population.

    Args:
        strata: one per stratum; those of population 0 are ignored.
        level: of the interval.
        method: 'wilson' or 'clopper-pearson' on the effective sample size (Korn & Graubard 1998), or 'wald'.

    A stratum with fewer than two answers has no variance of its own and is merged into the following one (in the order
    given), which the result names.

    Raises:
        InputError: fewer than two answers altogether.
    """
    used, merged = _merged([stratum for stratum in strata if stratum.population])
    total = sum(stratum.population for stratum in used)
    value, variance = Fraction(0), Fraction(0)
    for stratum in used:
        weight = Fraction(stratum.population, total)
        share = Fraction(stratum.positive, stratum.answered)
        correction = 1 - Fraction(stratum.answered, stratum.population)
        value += weight * share
        variance += weight**2 * correction * share * (1 - share) / (stratum.answered - 1)
    answered = sum(stratum.answered for stratum in used)
    effective = _effective(used, answered, total, level)
    if method == "wald":
        spread = normal_quantile(level) * float(variance) ** 0.5
        interval = Interval(max(0.0, float(value) - spread), min(1.0, float(value) + spread), "wald", level)
    else:
        interval = proportion_interval(float(value) * effective, effective, level, method)
    sampled = sum(stratum.sampled for stratum in used)
    return Estimate(value, variance, effective, total, sampled, answered, merged, interval)


def _effective(strata: Sequence[SurveyStratum], answered: int, population: int, level: float) -> float:
    """How many answers of a simple random sample would be as good.

    A heavy stratum without a single positive answer would seem to have no variance. As Wilson's interval adds z²
    answers to a sample, z² answers of the overall share are added to each stratum here; without it, intervals of rare
    answers cover too seldom (88 % instead of 95 % at a share of 2 %).
    """
    added = normal_quantile(level) ** 2
    overall = (sum(stratum.positive for stratum in strata) + 1) / (answered + 2)
    share = variance = 0.0
    for stratum in strata:
        weight = stratum.population / population
        steadied = (stratum.positive + added * overall) / (stratum.answered + added)
        correction = 1 - stratum.answered / stratum.population
        share += weight * steadied
        variance += weight**2 * correction * steadied * (1 - steadied) / (stratum.answered - 1)
    # After a census nothing is uncertain; so large a number leaves an interval of no visible width.
    return share * (1 - share) / variance if variance else float(population**2)


def _merged(strata: list[SurveyStratum]) -> tuple[list[SurveyStratum], tuple[str, ...]]:
    """Strata of at least two answers each, joining thin ones to their follower (the last to its forerunner)."""
    if sum(stratum.answered for stratum in strata) < 2:
        raise InputError("Fewer than two answers: nothing can be estimated. Ask more cases.")
    used: list[SurveyStratum] = []
    thin: SurveyStratum | None = None
    names: list[str] = []
    for stratum in strata:
        joined = stratum if thin is None else _join(thin, stratum)
        thin = None
        if joined.answered < 2:
            thin = joined
            names.append(stratum.id)
        else:
            used.append(joined)
    if thin is not None:
        used[-1] = _join(used[-1], thin)
    return used, tuple(names)


def _join(one: SurveyStratum, two: SurveyStratum) -> SurveyStratum:
    return replace(
        one,
        id=f"{one.id}+{two.id}",
        population=one.population + two.population,
        sampled=one.sampled + two.sampled,
        answered=one.answered + two.answered,
        positive=one.positive + two.positive,
    )
