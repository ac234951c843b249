"""Where a subject stands on the map of a panel, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.faces.parts.world import World
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.ground import positions_of
from bihuan.subjects.pure.types import SubjectType


def fields_of_place(kind: SubjectType) -> list[str]:
    """Return the fields that say where a subject is: its geometry first, then positions.

    Source: docs/topics/views.md, "Panels".
    """
    points = [name for name in kind.open_fields if kind.fields[name].type == "place"]
    return [*([kind.geometry] if kind.geometry else []), *points]


def place_of(kind: SubjectType, held: HeldFacts) -> tuple[float, float] | None:
    """Return lon and lat of a subject's first position; None when nothing is said.

    Source: docs/topics/views.md, "Panels".
    """
    value = next((held.values[name] for name in fields_of_place(kind) if name in held.values), None)
    for lon, lat in list(positions_of(value))[:1] if value else ():
        return lon, lat
    return None


def titles_of(here: World, kind: str, keys: Sequence[str], programme: str) -> dict[str, str]:
    """Return key → title of some subjects as they are called today; none where the register is closed to the visitor.

    Source: docs/topics/views.md, "Panels".
    """
    found, day = subject_type(kind), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    told = {}
    try:
        for key in keys:
            held = asking.get(here.registers.district.code, found, key, day, looker)
            if held is not None:
                told[key] = str(held.values.get(found.title_field, key))
    except FenceClosed:
        return {}
    return told
