"""The five ways an item of a scorecard earns its points. Each turns evidence into points and says why.

A method returns a `Mark`: exact points between 0 and the item's maximum (None when there is too little evidence), the
measure they rest on, and the reason in Chinese and English.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Protocol

from bihuan.declare.reader import Label
from bihuan.rules.bounds import Bounds
from bihuan.rules.errors import InputError
from bihuan.rules.quantities import Exact, Rounding, decimal_of, fixed_text, fraction_of, number_text
from bihuan.rules.rates import Rate


@dataclass(frozen=True, slots=True)
class Deduction:
    """`count` findings of one kind (`code` of the card) in the case, photo or record `ref`."""

    code: str
    count: int = 1
    ref: str = ""


type Evidence = Sequence[Deduction] | Rate | Sequence[Exact | str] | Exact | str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Points earned, the measure they rest on, why, and the codes and references behind a deduction."""

    points: Fraction | None
    measure: Fraction | None
    reason: Label
    codes: frozenset[str] = frozenset()
    refs: tuple[str, ...] = ()


class ScoringMethod(Protocol):
    """What an item's method must offer."""

    @property
    def name(self) -> str:
        """Its word in the rule file."""
        ...

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points for `evidence`; raises InputError when it is of the wrong kind.

        Source: docs/topics/rules.md, "A scorecard".
        """
        ...


@dataclass(frozen=True, slots=True)
class CappedDeduction:
    """From the maximum, `points[code]` are taken off for each finding, at most `cap` altogether (default: all)."""

    points: Mapping[str, Decimal]
    cap: Decimal | None = None
    name: str = "capped_deduction"

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points left; `evidence` is a sequence of Deduction, empty when nothing was found.

        Source: docs/topics/rules.md, "A scorecard" (`capped_deduction`); points and cap are the document's.
        """
        if isinstance(evidence, str | Rate) or not isinstance(evidence, Sequence):
            raise InputError(f"{item_id}: give a list of deductions, empty when nothing was found.")
        counts: Counter[str] = Counter()
        refs: list[str] = []
        for found in evidence:
            if not isinstance(found, Deduction):
                raise InputError(f"{item_id}: {found!r} is no Deduction.")
            if found.code not in self.points:
                raise InputError(f"{item_id}: '{found.code}' is not on the card; use {', '.join(self.points)}.")
            if found.count < 0:
                raise InputError(f"{item_id}: {found.code} counts {found.count}; give 0 or more.")
            counts[found.code] += found.count
            refs.extend([found.ref] if found.ref else [])
        asked = sum((self.points[code] * count for code, count in counts.items()), Decimal(0))
        off = min(asked, maximum if self.cap is None else self.cap)
        told = ", ".join(f"{code} × {count}" for code, count in sorted(counts.items()) if count) or "–"
        capped = off < asked
        reason = {
            "zh": f"扣分项：{told}；应扣 {number_text(asked)} 分，实扣 {number_text(off)} 分"
            + ("（已达上限）" if capped else ""),
            "en": f"Findings: {told}; {number_text(asked)} points due, {number_text(off)} taken off"
            + (" (capped)" if capped else ""),
        }
        codes = frozenset(code for code, count in counts.items() if count)
        return Mark(Fraction(maximum - off), Fraction(sum(counts.values())), reason, codes, tuple(refs))


@dataclass(frozen=True, slots=True)
class BandMethod:
    """The number, rounded as declared, falls into one of the bands, each worth fixed points."""

    bands: tuple[tuple[Bounds, Decimal], ...]
    rounding: Rounding
    name: str = "band"

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points of the band; `evidence` is one number.

        Source: docs/topics/rules.md, "A scorecard" (`band`, after the declared rounding).
        """
        value = self.rounding.decimal(decimal_of(evidence, item_id))
        for bounds, points in self.bands:
            if bounds.contains(value):
                told = number_text(value)
                reason = {
                    "zh": f"{told} 落入 {bounds}，得 {number_text(points)} 分",
                    "en": f"{told} lies in {bounds}: {number_text(points)} points",
                }
                return Mark(Fraction(points), Fraction(value), reason)
        raise InputError(f"{item_id}: no band holds {number_text(value)}.")


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """Points follow straight lines between the declared corners (value, points) and stay level outside them."""

    corners: tuple[tuple[Decimal, Decimal], ...]
    name: str = "piecewise_linear"

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points at the number; `evidence` is one number.

        Source: docs/topics/rules.md, "A scorecard" (`piecewise_linear`).
        """
        if isinstance(evidence, Rate) or (isinstance(evidence, Sequence) and not isinstance(evidence, str)):
            raise InputError(f"{item_id}: give one number.")
        value = fraction_of(evidence, item_id)
        points = self._at(value)
        told, score = fixed_text(value, 4), fixed_text(points, 4)
        reason = {"zh": f"{told} 按分段线性折算，得 {score} 分", "en": f"{told} on the declared line: {score} points"}
        return Mark(points, value, reason)

    def _at(self, value: Fraction) -> Fraction:
        first, last = self.corners[0], self.corners[-1]
        if value <= first[0]:
            return Fraction(first[1])
        for (x0, y0), (x1, y1) in zip(self.corners, self.corners[1:], strict=False):
            if value <= x1:
                return Fraction(y0) + (value - Fraction(x0)) / Fraction(x1 - x0) * Fraction(y1 - y0)
        return Fraction(last[1])


@dataclass(frozen=True, slots=True)
class RatioWithExclusions:
    """A rate earns points in proportion from `zero_at` (none) to `full_at` (all); its exclusions are told."""

    zero_at: Decimal
    full_at: Decimal
    min_n: int = 1
    name: str = "ratio_with_exclusions"

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points for the rate; none (None) below `min_n` cases.

        Source: docs/topics/rules.md, "A scorecard" (`ratio_with_exclusions`, `too_few`).
        """
        if not isinstance(evidence, Rate):
            raise InputError(f"{item_id}: give a Rate, so that exclusions and definition stay with the number.")
        excluded = evidence.gross - evidence.denominator
        told = f"{evidence.numerator}/{evidence.denominator}"
        share = evidence.value
        if share is None or evidence.denominator < self.min_n:
            reason = {
                "zh": f"{told}，剔除 {excluded} 件；不足 {self.min_n} 件，不评分",
                "en": f"{told}, {excluded} excluded; fewer than {self.min_n} cases, not scored",
            }
            return Mark(None, share, reason)
        part = (share - Fraction(self.zero_at)) / Fraction(self.full_at - self.zero_at)
        points = Fraction(maximum) * min(Fraction(1), max(Fraction(0), part))
        score = fixed_text(points, 4)
        reason = {
            "zh": f"{told} = {evidence.percent()}，剔除 {excluded} 件，得 {score} 分",
            "en": f"{told} = {evidence.percent()}, {excluded} excluded: {score} points",
        }
        return Mark(points, share, reason)


@dataclass(frozen=True, slots=True)
class MedianOfSurvey:
    """The median answer earns points in proportion between the `low` and `high` ends of the scale."""

    low: Decimal
    high: Decimal
    min_n: int = 1
    name: str = "median_of_survey"

    def mark(self, item_id: str, maximum: Decimal, evidence: Evidence) -> Mark:
        """The points for the median; `evidence` is a list of numbers; none (None) below `min_n` answers.

        Source: docs/topics/rules.md, "A scorecard" (`median_of_survey`, `too_few`).
        """
        if isinstance(evidence, str | Rate) or not isinstance(evidence, Sequence):
            raise InputError(f"{item_id}: give the list of answers.")
        answers = [fraction_of(answer, item_id) for answer in evidence]
        if wrong := [answer for answer in answers if not self.low <= answer <= self.high]:
            raise InputError(f"{item_id}: answer {wrong[0]} lies outside the scale {self.low}–{self.high}.")
        if len(answers) < max(1, self.min_n):
            reason = {
                "zh": f"有效问卷 {len(answers)} 份，不足 {self.min_n} 份，不评分",
                "en": f"{len(answers)} answers, fewer than {self.min_n}: not scored",
            }
            return Mark(None, None, reason)
        middle = median(answers)
        points = Fraction(maximum) * (middle - Fraction(self.low)) / Fraction(self.high - self.low)
        told, score = fixed_text(middle, 2), fixed_text(points, 4)
        reason = {
            "zh": f"{len(answers)} 份问卷中位数 {told}，得 {score} 分",
            "en": f"Median of {len(answers)} answers {told}: {score} points",
        }
        return Mark(points, middle, reason)
