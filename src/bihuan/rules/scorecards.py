"""Scorecards 评分卡: items earn points by declared methods; the result explains every item and every veto.

total = Σ points × weight, exact until the one declared rounding. An item with too little evidence follows its own
declared rule: full marks, none, or left out — then the total is scaled up to the card's full total, and says so.
It sets off no veto either: nobody is struck down on a handful of cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from bihuan.declare.reader import Label
from bihuan.declare.source import JSON
from bihuan.rules.bounds import Bounds
from bihuan.rules.errors import InputError
from bihuan.rules.meta import Meta
from bihuan.rules.quantities import Rounding, fixed_text, number_text
from bihuan.rules.scorecard_methods import Evidence, Mark, ScoringMethod


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: when the item's measure lies in `when`, or one of `codes` was found, the total is at most `total`."""

    when: Bounds | None
    codes: frozenset[str]
    total: Decimal

    def strikes(self, mark: Mark) -> bool:
        """Whether the item's mark sets the veto off. Source: docs/topics/rules.md, "A scorecard" (`veto`)."""
        if self.codes & mark.codes:
            return True
        if self.when is None or mark.measure is None:
            return False
        low, high = self.when.lower, self.when.upper
        above = mark.measure > low[0] or (mark.measure == low[0] and low[1] == 0)
        below = mark.measure < high[0] or (mark.measure == high[0] and high[1] == 1)
        return above and below


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the card. `too_few` says what happens without enough evidence: full, zero or leave_out."""

    id: str
    name: Label
    section: str
    maximum: Decimal
    weight: Decimal
    method: ScoringMethod
    too_few: str
    veto: Veto | None
    citation: str
    verified: bool

    @property
    def worth(self) -> Fraction:
        """The most this item adds to the total.

        Source: docs/topics/rules.md, "A scorecard" (total = Σ max × weight).
        """
        return Fraction(self.maximum) * Fraction(self.weight)


@dataclass(frozen=True, slots=True)
class Grade:
    """A named band of the rounded total, such as 优 [90, 100]."""

    code: str
    name: Label
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class ItemScore:
    """What one item came to: `points` None when left out; `weighted` is what it adds to the total."""

    item: Item
    points: Fraction | None
    weighted: Fraction
    mark: Mark
    vetoes: bool

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "item": self.item.id,
            "name": dict(self.item.name),
            "section": self.item.section,
            "method": self.item.method.name,
            "max": number_text(self.item.maximum),
            "weight": number_text(self.item.weight),
            "points": None if self.points is None else number_text(self.points),
            "weighted": number_text(self.weighted),
            "measure": None if self.mark.measure is None else number_text(self.mark.measure),
            "reason": dict(self.mark.reason),
            "refs": list(self.mark.refs),
            "veto": self.vetoes,
            "citation": self.item.citation,
            "verified": self.item.verified,
        }


@dataclass(frozen=True, slots=True)
class CardScore:
    """The card's result: `total` as rounded and published, `exact` before rounding, and every item's part."""

    meta: Meta
    total: Decimal | Fraction
    exact: Fraction
    full: Decimal
    grade: Grade | None
    items: tuple[ItemScore, ...]
    sections: Mapping[str, Fraction]
    scaled: bool

    @property
    def vetoed_by(self) -> tuple[str, ...]:
        """The items that set off a veto."""
        return tuple(item.item.id for item in self.items if item.vetoes)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The items left out for want of evidence."""
        return tuple(item.item.id for item in self.items if item.points is None)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {
            "scorecard": self.meta.id,
            "edition": self.meta.edition,
            "digest": self.meta.digest,
            "citation": self.meta.citation,
            "verified": self.meta.verified,
            "total": number_text(self.total),
            "exact": number_text(self.exact),
            "full": number_text(self.full),
            "grade": None if self.grade is None else {"code": self.grade.code, "name": dict(self.grade.name)},
            "items": [item.to_json() for item in self.items],
            "sections": {name: number_text(points) for name, points in self.sections.items()},
            "vetoed_by": list(self.vetoed_by),
            "left_out": list(self.left_out),
            "scaled": self.scaled,
        }


class Scorecard:
    """One edition of a scorecard. Made by `bihuan.rules.scorecard_reader.read_scorecard`."""

    def __init__(
        self, meta: Meta, full: Decimal, rounding: Rounding, items: tuple[Item, ...], grades: tuple[Grade, ...] = (),
        *, to_enter: bool = False,
    ) -> None:  # fmt: skip
        self.meta, self.full, self.rounding, self.items, self.grades = meta, full, rounding, items, grades
        self.to_enter = to_enter

    def weighted(self, weights: Mapping[str, Decimal]) -> Scorecard:
        """The card with entered weights: what each item is worth, together the total.

        Raises:
            InputError: the card has weights of its own, an item has none, one is not positive, or they do not add up.

        Source: docs/topics/rules.md, "A scorecard" (weights that are entered).
        """
        if not self.to_enter:
            raise InputError(f"{self.meta.id}: the card declares its weights; leave out the column 'weight'.")
        missing = sorted({item.id for item in self.items} - weights.keys())
        if missing:
            raise InputError(
                f"{self.meta.id}：权重尚未录入，不予评分 · weights are not entered: {', '.join(missing)}",
                "give every item a weight in the column 'weight', by the guide that your district follows",
            )
        if wrong := [name for name, weight in weights.items() if weight <= 0]:
            raise InputError(f"{self.meta.id}: a weight must be more than 0: {', '.join(sorted(wrong))}")
        if (worth := sum(weights.values(), Decimal(0))) != self.full:
            told = f"{number_text(worth)} ≠ {number_text(self.full)}"
            raise InputError(f"{self.meta.id}：权重之和不等于总分 · the weights do not add up to the total: {told}")
        items = tuple(replace(item, weight=weights[item.id] / item.maximum) for item in self.items)
        return Scorecard(self.meta, self.full, self.rounding, items, self.grades)

    def score(self, evidence: Mapping[str, Evidence]) -> CardScore:
        """The score for `evidence`, one entry per item id; None where there is no evidence at all.

        Raises:
            InputError: an item is missing from `evidence` or unknown, or its evidence is of the wrong kind.

        Source: docs/topics/rules.md, "A scorecard" (`too_few`, `veto`, `grades`, one rounding at the end).
        """
        if self.to_enter:
            self.weighted({})
        ids = {item.id for item in self.items}
        if evidence.keys() != ids:
            missing, unknown = sorted(ids - evidence.keys()), sorted(evidence.keys() - ids)
            raise InputError(f"{self.meta.id}: items missing: {missing or 'none'}; items unknown: {unknown or 'none'}.")
        scores = tuple(_scored(item, evidence[item.id]) for item in self.items)
        reached = sum((score.weighted for score in scores), Fraction(0))
        possible = sum((score.item.worth for score in scores if score.points is not None), Fraction(0))
        scaled = possible < Fraction(self.full)
        if not possible:
            raise InputError(f"{self.meta.id}: every item is left out for want of evidence; there is no score.")
        exact = reached * Fraction(self.full) / possible if scaled else reached
        for score in scores:
            if score.vetoes and score.item.veto is not None:
                exact = min(exact, Fraction(score.item.veto.total))
        total = self.rounding.exact(exact)
        sections: dict[str, Fraction] = {}
        for score in scores:
            if score.item.section:
                sections[score.item.section] = sections.get(score.item.section, Fraction(0)) + score.weighted
        return CardScore(self.meta, total, exact, self.full, self._grade(total), scores, sections, scaled)

    def _grade(self, total: Decimal | Fraction) -> Grade | None:
        if not isinstance(total, Decimal):  # grades need a rounded total; the reader insists on it
            return None
        return next((grade for grade in self.grades if grade.bounds.contains(total)), None)


def _scored(item: Item, evidence: Evidence) -> ItemScore:
    if evidence is None:
        if not item.too_few:
            raise InputError(f"{item.id}: there is no evidence, and the card does not say what then ('too_few').")
        mark = Mark(None, None, {"zh": "无数据", "en": "No data"})
    else:
        mark = item.method.mark(item.id, item.maximum, evidence)
    points = mark.points
    vetoes = item.veto is not None and points is not None and item.veto.strikes(mark)
    if points is None:
        points = {"full": Fraction(item.maximum), "zero": Fraction(0)}.get(item.too_few)
        mark = Mark(None, mark.measure, _too_few(item, points, mark.reason), mark.codes, mark.refs)
    weighted = Fraction(0) if points is None else points * Fraction(item.weight)
    return ItemScore(item, points, weighted, mark, vetoes)


def _too_few(item: Item, points: Fraction | None, reason: Label) -> Label:
    if points is None:
        return {"zh": f"{reason['zh']}；不计入总分", "en": f"{reason['en']}; left out of the total"}
    told = fixed_text(points, 2)
    return {"zh": f"{reason['zh']}；按规定得 {told} 分", "en": f"{reason['en']}; {told} points as the card declares"}
