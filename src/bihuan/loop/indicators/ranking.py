"""The monthly ranking: score by the programme's scorecard, official rank beside its simultaneous interval, classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bihuan.loop.indicators.cube import Count, Cube, Number
from bihuan.loop.indicators.periods import Month, PeriodError
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.snapshot import Registers
from bihuan.rules.book import RuleBook
from bihuan.rules.classes import Classed, RankClasses
from bihuan.rules.errors import NoRuleError
from bihuan.rules.quantities import fixed_text, number_text
from bihuan.rules.ranking import Part, Ranked, Standing, rank
from bihuan.rules.rates import Rate
from bihuan.rules.scorecards import Score, Scorecard

CLASSES = "rank_classes"
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """One unit in the ranking: its rates, its score as the card explains it, its rank and where it may truly lie."""

    unit: str
    name: dict[str, str]
    rates: Mapping[str, Rate]
    score: Score | None
    ranked: Ranked
    volume: int
    change: Fraction | None
    classes: tuple[Classed, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON without floats."""
        return {
            **self.ranked.to_json(),
            "unit": self.unit,
            "name": self.name,
            "points": None if self.score is None else number_text(self.score.total),
            "rates": {name: rate.to_json() for name, rate in self.rates.items()},
            "volume": self.volume,
            "change": None if self.change is None else fixed_text(self.change, 2),
            "classes": [one.to_json() for one in self.classes],
        }


@dataclass(frozen=True, slots=True)
class MonthRanking:
    """A month's ranking of one kind of unit, with the rules and the cut behind it."""

    period: str
    programme: str
    kind: str
    scorecard: Scorecard
    classes: RankClasses
    cut: dict[str, Any]
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON without floats."""
        rules = {
            name: {"id": m.id, "edition": m.edition, "digest": m.digest, "citation": m.citation, "verified": m.verified}
            for name, m in (("scorecard", self.scorecard.meta), ("classes", self.classes.meta))
        }
        return {
            "period": self.period,
            "programme": self.programme,
            "kind": self.kind,
            "level": fixed_text(LEVEL, 2),
            "rules": rules,
            "cut": self.cut,
            "lines": [line.to_json() for line in self.lines],
        }


def rank_month(
    cube: Cube,
    previous: Cube | None,
    registers: Registers,
    book: RuleBook,
    *,
    programme: str | None = None,
    kind: str = "street",
) -> MonthRanking:
    """Rank the units of one kind by a programme's scorecard; units without enough cases are listed unranked.

    Args:
        cube: The month.
        previous: The month before, for the change of score; None when there is none.
        registers: For the units of that kind at the month's end.
        book: Holds the scorecard and the rank classes.
        programme: The programme whose scorecard counts; default: the only one that ranks by its indicators.
        kind: Kind of unit in the organisation register.

    Raises:
        PeriodError: no programme, or several, could be meant.
        NoRuleError: no edition of the scorecard or classes is in force.
    """
    month = Month.parse(cube.period)
    place = registers.district.code
    declared = _programme(programme, cube, book, place)
    card = book.scorecard(str(declared.scorecard), month.first, place)
    classes = book.classes(CLASSES, month.first, place)
    names = _units(registers, kind, month.next.first - timedelta(days=1))
    scored = _scores(cube, card, names, declared.id)
    before = {} if previous is None else _scores(previous, card, names, declared.id)
    change = _changes(scored, before)
    ranked = rank([one.standing for one in scored.values()], LEVEL)
    volumes = _volumes(cube, declared.id)
    bases = {"change": change, "volume": {unit: Fraction(volumes.get(unit, 0)) for unit in names}}
    classed = classes.assign(ranked, {basis: bases.get(basis, {}) for basis in classes.bases})
    lines = tuple(
        Line(
            line.unit,
            names[line.unit],
            scored[line.unit].rates,
            scored[line.unit].score,
            line,
            volumes.get(line.unit, 0),
            change.get(line.unit),
            tuple(one for one in classed if one.unit == line.unit),
        )
        for line in ranked
    )
    return MonthRanking(cube.period, declared.id, kind, card, classes, cube.cut.to_json(), lines)


@dataclass(frozen=True, slots=True)
class _Scored:
    rates: dict[str, Rate]
    score: Score | None
    standing: Standing


def _scores(cube: Cube, card: Scorecard, units: Iterable[str], programme: str) -> dict[str, _Scored]:
    slices = {item.id: cube.slice(item.id, "unit", programme=programme) for item in card.items}
    return {u: _scored(card, u, {i: _rate(cube, i, found.get(u)) for i, found in slices.items()}) for u in units}


def _rate(cube: Cube, indicator: str, found: Number | None) -> Rate:
    return found if isinstance(found, Rate) else cube.none(indicator)


def _scored(card: Scorecard, unit: str, rates: dict[str, Rate]) -> _Scored:
    """The card's score; a unit with too few cases in any of the rates has points to look at but no rank."""
    parts = [Part(rates[item.id], Fraction(item.maximum) * Fraction(item.weight)) for item in card.items]
    standing = Standing.of_parts(unit, parts)
    score = card.score(rates) if any(rate.enough for rate in rates.values()) else None
    ranked = standing.score is not None and score is not None and not score.scaled
    return _Scored(rates, score, standing if ranked else Standing(unit, None, None))


def _changes(now: dict[str, _Scored], before: dict[str, _Scored]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for unit, one in now.items():
        then = before[unit].standing.score if unit in before else None
        if one.standing.score is not None and then is not None:
            found[unit] = one.standing.score - then
    return found


def ranking_programmes(cube: Cube, book: RuleBook, place: str) -> list[Programme]:
    """Return the programmes that rank: their scorecard is in force and made of rates of the cube."""
    return [p for p in all_programmes().values() if _made_of_rates(p, cube, book, place)]


def _made_of_rates(programme: Programme, cube: Cube, book: RuleBook, place: str) -> bool:
    if not programme.scorecard:
        return False
    try:
        card = book.scorecard(programme.scorecard, Month.parse(cube.period).first, place)
    except NoRuleError:
        return False
    return {item.id for item in card.items} <= {i for i, d in cube.definitions.items() if d.kind == "proportion"}


def _programme(chosen: str | None, cube: Cube, book: RuleBook, place: str) -> Programme:
    able = {p.id: p for p in ranking_programmes(cube, book, place)}
    if chosen is None and len(able) == 1:
        return next(iter(able.values()))
    if chosen in able:
        return able[chosen]
    known = ", ".join(sorted(able)) or "none"
    raise PeriodError(
        f"{chosen or 'no programme given'}: a ranking needs a programme with a scorecard of rates; known: {known}"
    )


def _units(registers: Registers, kind: str, day: date) -> dict[str, dict[str, str]]:
    return {o.code: {"zh": o.name_zh, "en": o.name_en} for o in registers.organisations if o.kind == kind and o.on(day)}


def _volumes(cube: Cube, programme: str) -> dict[str, int]:
    numbers = cube.slice("volume", "unit", programme=programme) if "volume" in cube.definitions else {}
    return {unit: number.count for unit, number in numbers.items() if isinstance(number, Count)}


def points(value: Fraction | Decimal | None) -> str:
    """A score with two decimals, or a dash."""
    return "–" if value is None else fixed_text(value, 2)
