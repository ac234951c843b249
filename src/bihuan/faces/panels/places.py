"""Where a subject stands on the map of a panel."""

from __future__ import annotations

from bihuan.subjects.asking import HeldFacts
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
