"""What a select or datalist offers: units, places, categories, people, articles, indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.names import PageNames, trees
from bihuan.registers.models import User
from bihuan.registers.pure.categories import Categories

Option = tuple[str, str]


class Leaf(NamedTuple):
    """A category a report may be filed under."""

    code: str
    name: str
    words: str


class Group(NamedTuple):
    """Leaves below one middle node."""

    name: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Options:
    """Choices for one page; lists that need the database are asked for only when a form is drawn with them."""

    categories: Sequence[Group] = ()
    people: Sequence[Option] = ()
    articles: Sequence[Option] = ()
    indicators: Sequence[Option] = field(default_factory=tuple)


def category_groups(programme: str = "hotline") -> tuple[Group, ...]:
    """Return the leaves of a programme's tree in groups, named in the reader's language."""
    tree = next(trees(programme), None)
    return _groups(tree, language()) if tree else ()


@lru_cache(maxsize=16)
def _groups(tree: Categories, _language: str) -> tuple[Group, ...]:
    """One group per node whose children are leaves."""
    gathered: dict[str, list[Leaf]] = {}
    for leaf in tree.leaves:
        words = " ".join((leaf.zh, leaf.en, *leaf.keywords))
        gathered.setdefault(leaf.parent, []).append(Leaf(leaf.code, say(leaf), words))
    return tuple(Group(_path(tree, parent), tuple(leaves)) for parent, leaves in gathered.items())


def _path(tree: Categories, code: str) -> str:
    parts = code.split(".")
    nodes = [tree.get(".".join(parts[: i + 1])) for i in range(len(parts))]
    return " › ".join(say(node) for node in nodes if node)


def streets(names: PageNames) -> list[Option]:
    """Return the sub-districts."""
    return [(area.code, names.area(area.code)) for area in names.registers.areas.at_level("street")]


def unit_options(names: PageNames, below: str | None = None) -> list[Option]:
    """(code, name) of the units of today, or of those inside one unit; communities only inside a unit.

    Source: docs/topics/registers.md, "Places, units and who may verify".
    """
    graph = names.registers.organisations.at(names.day)
    return [
        (unit.code, names.unit(unit.id))
        for unit in graph.units()
        if (graph.is_inside(unit.id, below) and unit.id != below if below else unit.kind != "community")
    ]


def people_of(unit: str) -> list[Option]:
    """(actor id, name) of the people of a unit who can be given a case.

    Source: docs/topics/registers.md, "Places, units and who may verify".
    """
    found = User.objects.filter(unit_id=UUID(unit), is_active=True).order_by("name").values_list("pk", "name")
    return [("", "—"), *((f"user:{pk}", name) for pk, name in found)]


def unit_reader(names: PageNames) -> Callable[[str], str | None]:
    """Resolve what a person typed, a code or a name in either language, to the unit's code."""

    def resolve(text: str) -> str | None:
        graph = names.registers.organisations.at(names.day)
        if found := graph.get(text):
            return found.code
        wanted = text.casefold()
        return next((u.code for u in graph.units() if wanted in (u.name_zh.casefold(), u.name_en.casefold())), None)

    return resolve


def area_reader(names: PageNames) -> Callable[[str], str | None]:
    """Resolve what a person typed, a code or a name in either language, to the area's code."""

    def resolve(text: str) -> str | None:
        if text in names.registers.areas:
            return text
        wanted = text.casefold()
        return next(
            (a.code for a in names.registers.areas if wanted in (a.name_zh.casefold(), a.name_en.casefold())), None
        )

    return resolve
