"""Classes of a monthly ranking 排名分类 (先进, 进步, 整改, 治理 and the like), cut as a dated, cited document declares.

Each class takes so many units from one end of one basis (score, change since last month, volume …). A unit whose
rank interval straddles the cut is put where the rule puts it and marked as not certain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bihuan.declare.reader import Label, Reader
from bihuan.declare.source import JSON, Node
from bihuan.rules.errors import InputError
from bihuan.rules.meta import OPTIONAL, REQUIRED, Meta, read_meta
from bihuan.rules.ranking import Ranked

ENDS: Final = ("highest", "lowest")


@dataclass(frozen=True, slots=True)
class RankClass:
    """One class: `count` units, or `share` of them (rounded down, at least one), from the `end` of `basis`."""

    id: str
    name: Label
    basis: str
    end: str
    count: int | None
    share: Decimal | None

    def size(self, units: int) -> int:
        """How many of `units` units the class takes before ties.

        Source: docs/topics/rules.md, "Ranking and classes"; numbers and shares are the document's, with its citation.
        """
        if self.count is not None:
            return min(self.count, units)
        return max(1, int(units * (self.share or 0))) if units else 0


@dataclass(frozen=True, slots=True)
class Classed:
    """A unit's place in one class; `certain` is False when its rank interval straddles the cut, None off the score."""

    unit: str
    class_id: str
    name: Label
    basis: str
    certain: bool | None

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON."""
        return {
            "unit": self.unit,
            "class": self.class_id,
            "name": dict(self.name),
            "basis": self.basis,
            "certain": self.certain,
        }


class RankClasses:
    """One edition of rank classes. `exclusive`: a unit gets the first class it falls into, in document order."""

    def __init__(self, meta: Meta, classes: tuple[RankClass, ...], exclusive: bool) -> None:
        self.meta, self.classes, self.exclusive = meta, classes, exclusive

    @property
    def bases(self) -> tuple[str, ...]:
        """The bases the caller must provide beside the score, in order of appearance."""
        return tuple(dict.fromkeys(one.basis for one in self.classes if one.basis != "score"))

    def assign(
        self, ranked: Sequence[Ranked], bases: Mapping[str, Mapping[str, Fraction]] | None = None
    ) -> tuple[Classed, ...]:
        """The classes of one group's ranking; units tied with the last taken are all taken.

        Args:
            ranked: one group's lines from `ranking.rank`; unranked units get no class.
            bases: for each of `self.bases`, a number per unit; a unit left out there cannot enter that class.

        Raises:
            InputError: a basis is missing.

        Source: docs/topics/rules.md, "Ranking and classes" (who straddles the cut is marked as not certain).
        """
        given: dict[str, Mapping[str, Fraction]] = {
            "score": {line.unit: line.score for line in ranked if line.score is not None},
            **(bases or {}),
        }
        lines = {line.unit: line for line in ranked}
        taken: set[str] = set()
        found: list[Classed] = []
        for one in self.classes:
            if one.basis not in given:
                raise InputError(f"{self.meta.id}: class {one.id} needs the basis '{one.basis}' for every unit.")
            numbers = {unit: value for unit, value in given[one.basis].items() if unit in lines}
            size = one.size(len(numbers))
            for unit in _cut(numbers, size, one.end):
                if not (self.exclusive and unit in taken):
                    taken.add(unit)
                    certain = _certain(lines[unit], one, size, len(numbers)) if one.basis == "score" else None
                    found.append(Classed(unit, one.id, one.name, one.basis, certain))
        return tuple(found)


def _cut(numbers: Mapping[str, Fraction], size: int, end: str) -> list[str]:
    ordered = sorted(numbers, key=lambda unit: (-numbers[unit] if end == "highest" else numbers[unit], unit))
    if not size:
        return []
    last = numbers[ordered[size - 1]]
    return [unit for unit in ordered if (numbers[unit] >= last if end == "highest" else numbers[unit] <= last)]


def _certain(line: Ranked, one: RankClass, size: int, units: int) -> bool | None:
    if line.rank_low is None or line.rank_high is None or line.rank is None:
        return None
    from_top = line.rank_high <= size
    from_bottom = line.rank_low > units - size
    best_is_highest = one.end == "highest"
    return from_top if best_is_highest else from_bottom


def read_classes(node: Node, reader: Reader) -> RankClasses:
    """The rank classes in the document `node`.

    Raises:
        DeclarationError: with every problem found in the document.

    Source: docs/topics/rules.md, "Ranking and classes".
    """
    named = reader.fields(node, {"classes", "exclusive", "rows"} | REQUIRED, OPTIONAL)
    meta = read_meta("classes", node, named, reader)
    exclusive = reader.flag(named.get("exclusive"))
    rows = tuple(_read_class(item, reader) for item in reader.items(named.get("rows")))
    ids = [row.id for row in rows]
    for double in sorted({one for one in ids if ids.count(one) > 1}):
        reader.problem(node, f"Class '{double}' appears twice.", "Give each class its own id.", "rows")
    reader.stop_if_wrong()
    return RankClasses(meta, rows, exclusive)


def _read_class(node: Node, reader: Reader) -> RankClass:
    named = reader.fields(node, {"id", "name", "basis", "end"}, {"count", "share"})
    if ("count" in named) == ("share" in named):
        reader.problem(
            node, "A class takes either a count or a share of the units.", "Give 'count: 10' or 'share: 0.3'."
        )
    count = reader.integer(named.get("count")) if "count" in named else None
    share = reader.number(named.get("share")) if "share" in named else None
    if (count is not None and count < 1) or (share is not None and not 0 < share <= 1):
        reader.problem(node, "The class can take nobody.", "Give a count of 1 or more, or a share in (0, 1].")
    return RankClass(
        id=reader.text(named.get("id")),
        name=reader.label(named.get("name")),
        basis=reader.text(named.get("basis")),
        end=reader.choice(named.get("end"), ENDS, "highest"),
        count=count,
        share=share,
    )
