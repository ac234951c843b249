"""How many people an order reached: of the cells that hear an addressee which says that it is done, each once.

`heard:` of the declaration names the register of links (who hears what) and that of cells with people. A cell counts
once, however many terminals it hears. Source: DESIGN §14 (coverage is what was confirmed); docs/topics/orders.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from bihuan.documents.orders.course import DONE, OrderCourse
from bihuan.documents.orders.declaration import OrderHearing
from bihuan.loop.facts import LoopFacts
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import system

REACHED, TOLD, APART = "reached", "told", "apart"


@dataclass(frozen=True)
class HeardCell:
    """A cell: its people, its values, whether it is reached, only told (addressed, not confirmed), or apart."""

    key: str
    people: int
    values: dict[str, Any]
    state: str


def heard_cells(heard: OrderHearing, course: OrderCourse, addressed: list[str], world: LoopFacts) -> list[HeardCell]:
    """Return every cell with what an order meant for it, by key.

    Args:
        heard: As declared. course: Of the order. addressed: Codes of its addressees. world: The facts in force.

    Source: docs/topics/orders.md, "Coverage".
    """
    done = {who for who in addressed if course.receipts.get(who, ("", None))[0] == DONE}
    told, by_cell = set(addressed), defaultdict[str, set[str]](set)
    for link in _held(heard.links, world):
        by_cell[str(link.values.get(heard.cell))].add(str(link.values.get(heard.addressee)))
    cells = [
        HeardCell(
            each.key, int(each.values.get(heard.people) or 0), dict(each.values),
            REACHED if by_cell[each.key] & done else TOLD if by_cell[each.key] & told else APART,
        )
        for each in _held(heard.cells, world)
    ]  # fmt: skip
    return sorted(cells, key=lambda each: each.key)


def people_of(cells: list[HeardCell]) -> dict[str, int]:
    """Return people by what became of their cell, each once. Source: docs/topics/orders.md, "Coverage"."""
    found = {REACHED: 0, TOLD: 0, APART: 0}
    for each in cells:
        found[each.state] += each.people
    return found


def _held(kind: str, world: LoopFacts) -> Any:
    day = world.now.astimezone(world.registers.calendar.zone).date()
    looker = system("orders", "who hears an order")
    return asking.stream(world.registers.district.code, subject_type(kind), asking.Viewpoint(day), looker)
