"""The monthly ranking: score by the programme's scorecard, official rank beside its simultaneous interval, classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes
from bihuan.numbers.cube import Count, Cube
from bihuan.numbers.kinds import kinds
from bihuan.numbers.periods import Period, PeriodError
from bihuan.numbers.scoring import can_score, changes, score_units
from bihuan.registers.pure.snapshot import Registers
from bihuan.rules.book import Rules
from bihuan.rules.classes import Classed, RankClasses
from bihuan.rules.errors import NoRuleError
from bihuan.rules.meta import Meta
from bihuan.rules.quantities import fixed_text, number_text
from bihuan.rules.ranking import Ranked, rank
from bihuan.rules.rates import Rate
from bihuan.rules.scorecards import CardScore, Scorecard

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """One unit in the ranking: its rates, its score as the card explains it, its rank and where it may truly lie."""

    unit: str
    name: dict[str, str]
    rates: Mapping[str, Rate]
    score: CardScore | None
    ranked: Ranked
    volume: int
    change: Fraction | None
    classes: tuple[Classed, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON without floats. Source: docs/topics/indicators.md, "Ranking"."""
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
    classes: RankClasses | None
    cut: dict[str, Any]
    lines: tuple[RankedUnit, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON without floats. Source: docs/topics/indicators.md, "Ranking"."""
        rules = {"scorecard": _rule(self.scorecard.meta), "classes": self.classes and _rule(self.classes.meta)}
        return {
            "period": self.period,
            "programme": self.programme,
            "kind": self.kind,
            "level": fixed_text(LEVEL, 2),
            "rules": rules,
            "cut": self.cut,
            "lines": [line.to_json() for line in self.lines],
        }


def _rule(meta: Meta) -> dict[str, Any]:
    names = ("id", "edition", "digest", "citation", "verified")
    return {name: getattr(meta, name) for name in names}


def rank_month(
    cube: Cube,
    previous: Cube | None,
    registers: Registers,
    book: Rules,
    *,
    programme: str | None = None,
    kind: str | None = None,
) -> MonthRanking:
    """Rank the units of one kind by a programme's scorecard; units without enough cases are listed unranked.

    Args:
        cube: The month.
        previous: The month before, for the change of score; None when there is none.
        registers: For the units of that kind at the month's end.
        book: Holds the scorecard and the rank classes.
        programme: The programme whose scorecard counts; default: the one whose ranking has classes.
        kind: Kind of unit in the organisation register; default: the kind the programme declares.

    Raises:
        PeriodError: no programme, or several, could be meant.
        NoRuleError: no edition of the scorecard or classes is in force.

    Source: docs/topics/indicators.md, "Ranking"; DESIGN §10 (the mandated rank beside an interval)
    """
    month = kinds().parse(cube.period)
    place = registers.district.code
    declared = _programme(programme, cube, book, place)
    card = book.of(declared.id).scorecard(str(declared.scorecard), month.first, place)
    classes = _classes(declared, month, book, place)
    kind = kind or declared.ranks
    names = _units(registers, kind, month.after - timedelta(days=1))
    scored = score_units(cube, card, names, declared)
    change = changes(scored, {} if previous is None else score_units(previous, card, names, declared))
    ranked = rank([one.standing for one in scored.values()], LEVEL)
    volumes = _volumes(cube, declared.id)
    bases = {"change": change, "volume": {unit: Fraction(volumes.get(unit, 0)) for unit in names}}
    classed = classes.assign(ranked, {basis: bases.get(basis, {}) for basis in classes.bases}) if classes else ()
    lines = tuple(
        RankedUnit(
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


def ranking_programmes(cube: Cube, book: Rules, place: str) -> list[Programme]:
    """Return the programmes that rank: with cases, and a scorecard in force that the cube's numbers can fill.

    Source: docs/topics/indicators.md, "Ranking"; DESIGN §10 (the mandated rank beside an interval)
    """
    active = {cell.programme for cell in cube.cells}
    return [p for p in all_programmes().values() if p.id in active and _card(p, cube, book, place) is not None]


def _card(programme: Programme, cube: Cube, book: Rules, place: str) -> Scorecard | None:
    if not programme.scorecard:
        return None
    try:
        card = book.of(programme.id).scorecard(programme.scorecard, kinds().parse(cube.period).first, place)
    except NoRuleError:
        return None
    return card if can_score(card, cube) else None


def _classes(programme: Programme, month: Period, book: Rules, place: str) -> RankClasses | None:
    """Return the classes `<scorecard>_classes`, for programmes that have them."""
    try:
        return book.of(programme.id).classes(f"{programme.scorecard}_classes", month.first, place)
    except NoRuleError:
        return None


def _programme(chosen: str | None, cube: Cube, book: Rules, place: str) -> Programme:
    able = {p.id: p for p in ranking_programmes(cube, book, place)}
    classed = [p for p in able.values() if _classes(p, kinds().parse(cube.period), book, place)]
    if chosen is None and len(classed) == 1:
        return classed[0]
    if chosen in able:
        return able[chosen]
    known = ", ".join(sorted(able)) or "none"
    raise PeriodError(
        f"{chosen or 'no programme given'}: a ranking needs a programme with cases and a scorecard; known: {known}"
    )


def _units(registers: Registers, kind: str, day: date) -> dict[str, dict[str, str]]:
    return {o.code: {"zh": o.name_zh, "en": o.name_en} for o in registers.organisations if o.kind == kind and o.on(day)}


def _volumes(cube: Cube, programme: str) -> dict[str, int]:
    numbers = cube.slice("volume", "unit", programme=programme) if "volume" in cube.definitions else {}
    return {unit: number.count for unit, number in numbers.items() if isinstance(number, Count)}


def points(value: Fraction | Decimal | None) -> str:
    """Return a score with two decimals, or a dash. Source: docs/topics/rules.md, "A scorecard"."""
    return "–" if value is None else fixed_text(value, 2)
