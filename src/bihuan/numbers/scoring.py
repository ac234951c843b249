"""From a month's cube to a scorecard's evidence, unit by unit: rates, findings by kind, answers. No Django."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from bihuan.loop.kernel.programme import Programme
from bihuan.numbers.cube import Cube
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval, proportion_interval
from bihuan.rules.ranking import UnitStanding
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import CappedDeduction, Deduction, Evidence, MedianOfSurvey, RatioWithExclusions
from bihuan.rules.scorecards import CardScore, Item, ItemScore, Scorecard

_KINDS = {RatioWithExclusions: "proportion", CappedDeduction: "count", MedianOfSurvey: "survey"}


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit's score as the card explains it, and its standing for the ranking."""

    rates: dict[str, Rate]
    score: CardScore | None
    standing: UnitStanding


def can_score(card: Scorecard, cube: Cube) -> bool:
    """Return whether every item of the card is an indicator of the cube of the kind that its method needs.

    Source: docs/adr/0080 (6, scorecard items are indicators); docs/topics/rules.md, "A scorecard".
    """
    known = cube.definitions
    return all(i.id in known and known[i.id].kind == _KINDS.get(type(i.method)) for i in card.items)


def score_units(cube: Cube, card: Scorecard, units: Iterable[str], programme: Programme) -> dict[str, ScoredUnit]:
    """Return the score of each unit (by code).

    An item counts the programme's own cases when the programme lists that indicator, else everybody's: a street's month
    may count the complaints of the hotline.

    Raises:
        InputError: a finding is of a kind the card has no points for.

    Source: docs/adr/0080 (6, scorecard items are indicators); docs/topics/rules.md, "A scorecard".
    """
    evidence = {item.id: _evidence(cube, item, programme) for item in card.items}
    return {unit: _scored(cube, card, unit, {i: found.get(unit) for i, found in evidence.items()}) for unit in units}


def _evidence(cube: Cube, item: Item, programme: Programme) -> dict[str, Evidence]:
    own = programme.id if item.id in programme.indicator_ids else None
    if isinstance(item.method, RatioWithExclusions):
        return {u: n for u, n in cube.slice(item.id, "unit", programme=own).items() if isinstance(n, Rate)}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell in cube.cells:
        if cell.indicator == item.id and own in (None, cell.programme):
            counts[cube.roll_up["unit"](cell.unit)][cell.category] += cell.denominator
    if isinstance(item.method, CappedDeduction):
        return {unit: _deductions(item, item.method, found) for unit, found in counts.items()}
    return {unit: list(found.elements()) for unit, found in counts.items()}


def _deductions(item: Item, method: CappedDeduction, found: Counter[str]) -> list[Deduction]:
    return [Deduction(_code(item, method, category), count) for category, count in sorted(found.items())]


def _code(item: Item, method: CappedDeduction, category: str) -> str:
    """Return the nearest level of the category that the card has points for."""
    parts = category.split(".")
    for length in range(len(parts), 0, -1):
        code = ".".join(parts[:length])
        if code in method.points:
            return code
    known = ", ".join(method.points)
    raise InputError(f"{item.id}: the card has no points for findings of kind {category!r}; it has {known}")


def _scored(cube: Cube, card: Scorecard, unit: str, found: dict[str, Evidence]) -> ScoredUnit:
    given: dict[str, Evidence] = {}
    for item in card.items:
        nothing: Evidence = cube.none(item.id) if isinstance(item.method, RatioWithExclusions) else []
        given[item.id] = found[item.id] if found[item.id] is not None else nothing
    rates = {i: e for i, e in given.items() if isinstance(e, Rate)}
    if all(_left_out(item, given[item.id]) for item in card.items):
        return ScoredUnit(rates, None, UnitStanding(unit, None, None))
    score = card.score(given)
    if score.scaled:
        return ScoredUnit(rates, score, UnitStanding(unit, None, None))
    return ScoredUnit(rates, score, UnitStanding(unit, score.exact, lambda level: _interval(score, rates, level)))


def _left_out(item: Item, evidence: Evidence) -> bool:
    """Return whether the card leaves the item out for want of cases or answers."""
    if item.too_few != "leave_out":
        return False
    if isinstance(item.method, RatioWithExclusions) and isinstance(evidence, Rate):
        return evidence.denominator < max(1, item.method.min_n)
    return isinstance(item.method, MedianOfSurvey) and isinstance(evidence, list) and len(evidence) < item.method.min_n


def _interval(score: CardScore, rates: dict[str, Rate], level: float) -> Interval:
    """Return the sum of the items' ends: rates are uncertain, findings are all that was found and count as they are."""
    ends = [_ends(item, rates.get(item.item.id), level) for item in score.items]
    return Interval(sum(low for low, _ in ends), sum(high for _, high in ends), "wilson", level)


def _ends(scored: ItemScore, rate: Rate | None, level: float) -> tuple[float, float]:
    method = scored.item.method
    if rate is None or not isinstance(method, RatioWithExclusions) or rate.denominator < method.min_n:
        return float(scored.weighted), float(scored.weighted)
    end = proportion_interval(rate.numerator, rate.denominator, level, rate.method)
    zero, span = float(method.zero_at), float(method.full_at - method.zero_at)
    points = sorted(
        min(1.0, max(0.0, (share - zero) / span)) * float(scored.item.worth) for share in (end.low, end.high)
    )
    return points[0], points[1]


def changes(now: dict[str, ScoredUnit], before: dict[str, ScoredUnit]) -> dict[str, Fraction]:
    """Return the change of score of every unit that was ranked in both months.

    Source: docs/topics/indicators.md, "Ranking".
    """
    found: dict[str, Fraction] = {}
    for unit, one in now.items():
        then = before[unit].standing.score if unit in before else None
        if one.standing.score is not None and then is not None:
            found[unit] = one.standing.score - then
    return found
