"""Which units claim closures that independent call-back does not confirm 虚假办结 — and which merely had bad luck.

Units claim "solved"; of the people reached, some say it is not. Honest units differ too, in their mix of cases and in
luck, so each unit is judged against the spread that the *other* units show:

1. A unit's answers are binomial in each stratum, with the stratum's usual share of discrepancies moved by the unit's
   own shift δ on the arcsine scale (where the spread of a share hardly depends on its size).
2. Honest shifts are normal with unknown mean m and spread τ, learned from the other units on a grid (m, τ). The highest
   quarter of the units enter only as "at least this high": a false closer cannot widen the spread that hides it.
3. p = probability that a new honest unit would show as many discrepancies or more: exact binomial tail, averaged over
   all that is not known about m, τ and δ.
4. Holm (1979) over the units keeps the probability of flagging *any* honest unit at `level`.

A flag is a reason to look, never a penalty. Those not reached are taken to be like those reached of the same stratum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import wilson
from bihuan.rules.quantities import fixed_text

type Floats = npt.NDArray[np.float64]

# Fewer units than this cannot teach how honest units differ.
MIN_UNITS: Final = 8
# Part of the units that may be false closers without spoiling the reference.
CENSORED: Final = 0.25
_STEP: Final = 0.005
_SHIFTS: Final[Floats] = np.asarray(np.arange(-80, 81) * _STEP, dtype=np.float64)
_MEANS: Final[Floats] = np.asarray(np.arange(-40, 41) * _STEP, dtype=np.float64)
_SPREADS: Final[Floats] = np.array([0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.17])
# Scale of the half-normal prior of τ: 0.05 is ±3 points at a discrepancy of 10 %.
_PRIOR_SPREAD: Final = 0.05
# Prior probability that honest units do not differ at all beyond their mix of cases.
_PRIOR_EQUAL: Final = 0.3


@dataclass(frozen=True, slots=True)
class UnitAnswers:
    """Call-back of one unit: per stratum (discrepant, reached)."""

    unit: str
    strata: Mapping[str, tuple[int, int]]

    def __post_init__(self) -> None:
        for stratum, (discrepant, reached) in self.strata.items():
            if not 0 <= discrepant <= reached:
                raise InputError(f"{self.unit}, {stratum}: {discrepant} discrepant of {reached} reached is impossible.")

    @property
    def discrepant(self) -> int:
        """Discrepant answers over all strata."""
        return sum(count for count, _ in self.strata.values())

    @property
    def reached(self) -> int:
        """People reached over all strata."""
        return sum(count for _, count in self.strata.values())


@dataclass(frozen=True, slots=True)
class UnitFinding:
    """One unit's result. `expected`: discrepancies an honest unit with this mix would show on average."""

    unit: str
    discrepant: int
    reached: int
    expected: float
    p: float
    p_adjusted: float
    flagged: bool

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "unit": self.unit,
            "discrepant": self.discrepant,
            "reached": self.reached,
            "expected": fixed_text(self.expected, 2),
            "interval": wilson(self.discrepant, self.reached).to_json() if self.reached else None,
            "p": fixed_text(self.p, 6),
            "p_adjusted": fixed_text(self.p_adjusted, 6),
            "flagged": self.flagged,
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """The result for all units, most suspicious first. `spread`: posterior mean of τ, in arcsine units."""

    findings: tuple[UnitFinding, ...]
    level: float
    spread: float

    @property
    def flagged(self) -> tuple[str, ...]:
        """The flagged units."""
        return tuple(finding.unit for finding in self.findings if finding.flagged)

    @property
    def reference_in_doubt(self) -> bool:
        """Whether so many units are flagged that the others no longer are a safe reference.

        Source: docs/topics/rules.md, "Who closes falsely" (fewer than a quarter).
        """
        return len(self.flagged) > CENSORED * len(self.findings)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "flagged": list(self.flagged),
            "level": fixed_text(self.level, 4),
            "spread": fixed_text(self.spread, 4),
            "reference_in_doubt": self.reference_in_doubt,
        }


def audit_units(answers: Sequence[UnitAnswers], level: float = 0.05) -> Audit:
    """Flag the units whose call-back answers contradict their claims more than honest units' would.

    Args:
        answers: one per unit; units nobody of whom was reached are kept, unflagged.
        level: most probability of flagging any honest unit.

    Raises:
        InputError: fewer than MIN_UNITS units with answers, or a unit twice.

    Source: Anscombe (1948), Biometrika 35:246 (arcsine scale); Holm (1979), Scandinavian Journal of Statistics 6:65;
        docs/adr/0010 (8).
    """
    if len({one.unit for one in answers}) != len(answers):
        raise InputError("answers: a unit appears twice; add its answers up first.")
    open_units = [one for one in answers if one.reached]
    if len(open_units) < MIN_UNITS:
        raise InputError(
            f"answers: {len(open_units)} units reached; {MIN_UNITS} are needed to know how honest units differ."
        )
    silent = [UnitFinding(one.unit, 0, 0, 0.0, 1.0, 1.0, False) for one in answers if not one.reached]
    flagged: list[UnitFinding] = []
    while True:
        findings, spread = _judge(open_units, level)
        new = {finding.unit for finding in findings if finding.flagged}
        rest = [one for one in open_units if one.unit not in new]
        if not new or len(rest) < MIN_UNITS:
            return Audit((*flagged, *findings, *silent), level, spread)
        flagged.extend(finding for finding in findings if finding.flagged)
        open_units = rest


def _judge(used: Sequence[UnitAnswers], level: float) -> tuple[list[UnitFinding], float]:
    """Holm's test of the given units against each other, and the posterior mean of τ."""
    reached, counts = _arrays(used)
    totals = counts.sum(axis=1)
    base, high, cut = _reference(reached, counts)
    shares = _shares(base)
    tails = [_tails(unit, shares) for unit in reached]
    seen = np.array([tail[:, total] for tail, total in zip(tails, totals, strict=True)])
    likelihood = _likelihood(reached, counts, shares)
    for index in np.flatnonzero(high):
        least = _least_count(reached[index], base, cut)
        likelihood[index] = tails[index][:, min(least, int(totals[index]))]
    weights = _others(likelihood)
    predictive = _rowwise(weights, _kernel().T)
    p_values = np.minimum(1.0, (predictive * seen).sum(axis=1))
    expected = (predictive * (reached[:, :, None] * shares).sum(axis=1)).sum(axis=1)
    spread = float((weights.mean(axis=0) * np.tile(_SPREADS, len(_MEANS))).sum())
    return _holm(used, expected, p_values, level), spread


def _arrays(used: Sequence[UnitAnswers]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """People reached and discrepancies, both (units, strata)."""
    strata = sorted({stratum for one in used for stratum in one.strata})
    table = np.array([[one.strata.get(stratum, (0, 0)) for stratum in strata] for one in used], dtype=np.int64)
    return table[:, :, 1], table[:, :, 0]


def _reference(
    reached: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> tuple[Floats, npt.NDArray[np.bool_], float]:
    """Usual angle per stratum (from the lower units), the units censored as high, and the shift where they begin."""
    low = np.ones(len(reached), dtype=bool)
    for _ in range(2):  # first with all units, then without the high ones
        overall = (counts[low].sum() + 0.5) / (reached[low].sum() + 1)
        # Two answers' worth of the overall share steady strata with hardly any answers.
        shares = (counts[low].sum(axis=0) + 2 * overall) / (reached[low].sum(axis=0) + 2)
        base = np.arcsin(np.sqrt(shares))
        shifts = np.array([_crude_shift(n, int(x), base) for n, x in zip(reached, counts.sum(axis=1), strict=True)])
        cut = float(np.quantile(shifts, 1 - CENSORED))
        low = shifts <= cut
    return base, ~low, cut


def _crude_shift(reached: npt.NDArray[np.int64], count: int, base: Floats) -> float:
    """The common shift at which the expected number of discrepancies equals `count` (half a case added)."""
    shares = _shares(base)
    expected = (reached[:, None] * shares).sum(axis=0)
    return float(np.interp(count + 0.5 * (count == 0), expected, _SHIFTS))


def _least_count(reached: npt.NDArray[np.int64], base: Floats, cut: float) -> int:
    """Fewest discrepancies that put a unit above the shift `cut`."""
    expected = (reached * np.sin(np.clip(base + cut, 0.0, np.pi / 2)) ** 2).sum()
    return int(np.floor(expected)) + 1


def _shares(base: Floats) -> Floats:
    """Share of discrepancies per stratum (rows) at each shift of the grid (columns)."""
    angles = np.clip(base[:, None] + _SHIFTS[None, :], 1e-3, np.pi / 2 - 1e-3)
    return np.asarray(np.sin(angles) ** 2)


def _likelihood(reached: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """Probability of each unit's answers (rows) at each shift, up to a factor of the unit."""
    logs = (counts[:, :, None] * np.log(shares) + (reached - counts)[:, :, None] * np.log1p(-shares)).sum(axis=1)
    return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))


def _tails(reached: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """P(discrepancies ≥ k) at each shift (rows) for k = 0 … reached (columns), strata added up exactly.

    Several strata are convolved by Fourier transform, which is right to about 1e-15: far below any p that counts.
    """
    parts = [_binomial(int(n), share) for n, share in zip(reached, shares, strict=True) if n]
    total = parts[0]
    if len(parts) > 1:
        width = int(reached.sum()) + 1
        spectrum = np.prod([np.fft.rfft(part, width, axis=1) for part in parts], axis=0)
        total = np.maximum(np.fft.irfft(spectrum, width, axis=1), 0.0)
    return np.asarray(np.cumsum(total[:, ::-1], axis=1)[:, ::-1])


def _binomial(n: int, share: Floats) -> Floats:
    """Binomial probabilities of 0 … n (columns) for each share (rows)."""
    from scipy.special import gammaln

    k = np.arange(n + 1)
    coefficient = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    odds = np.log(share)[:, None] * k + np.log1p(-share)[:, None] * (n - k)
    return np.asarray(np.exp(coefficient + odds))


def _rowwise(one: Floats, two: Floats) -> Floats:
    """All products of a row of `one` with a row of `two`, summed.

    Not `one @ two.T`: the linear-algebra library would spread so small a product over threads that wait for each other,
    four times slower on a busy machine.
    """
    return np.asarray(np.einsum("ik,jk->ij", one, np.ascontiguousarray(two), optimize=False))


@cache
def _kernel() -> Floats:
    """Probability of each shift (columns) for an honest unit, by (m, τ) in rows, τ fastest."""
    distance = _SHIFTS[None, None, :] - _MEANS[:, None, None]
    narrow = np.maximum(_SPREADS, _STEP / 10)[None, :, None]
    weights = np.exp(-0.5 * (distance / narrow) ** 2)
    return np.asarray((weights / weights.sum(axis=2, keepdims=True)).reshape(-1, len(_SHIFTS)))


@cache
def _log_prior() -> Floats:
    """Log prior weight of each (m, τ): flat in m, half-normal in τ."""
    width = np.gradient(_SPREADS)
    width[0] /= 2
    weight = width * np.exp(-0.5 * (_SPREADS / _PRIOR_SPREAD) ** 2)
    weight /= weight.sum()
    weight *= 1 - _PRIOR_EQUAL
    weight[0] += _PRIOR_EQUAL
    return np.tile(np.log(weight), len(_MEANS))


def _others(likelihood: Floats) -> Floats:
    """Posterior weight of each (m, τ) for each unit (rows), learned from all other units."""
    logs = np.log(np.maximum(_rowwise(likelihood, _kernel()), 1e-300))
    posterior = _log_prior() + logs.sum(axis=0) - logs
    weights = np.exp(posterior - posterior.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _holm(used: Sequence[UnitAnswers], expected: Floats, p_values: Floats, level: float) -> list[UnitFinding]:
    found: list[UnitFinding] = []
    worst, order = 0.0, np.argsort(p_values, kind="stable")
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, float(p_values[index]) * (len(used) - place)))
        one = used[index]
        p, mean = float(p_values[index]), float(expected[index])
        found.append(UnitFinding(one.unit, one.discrepant, one.reached, mean, p, worst, worst <= level))
    return found
