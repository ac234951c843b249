"""Which subjects stand in an area on a day: of a type that declares how it is built, those that have not ended."""

from __future__ import annotations

from datetime import date

from bihuan.faults import Fault
from bihuan.registers.live import default_district
from bihuan.standards.cityjson.encoding import BuiltThing, EncodedCity, encode_city
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType, state_of

EXPORTER = Looker("system:command", frozenset(), frozenset(), "a model of the city")


class NoCityModel(Fault):
    """No type, or none of that name, declares how it stands in a model of the city."""

    remedy = "declare `city:` in a type of subjects, or name one with --type"


def city_of(area: str, day: date, type_id: str = "") -> EncodedCity:
    """Return the model of an area on a day.

    Args:
        area: Code; what begins with it lies in it. type_id: Empty: the only type that declares `city`.

    Raises:
        NoCityModel: there is no such type, or several and none is named.

    Source: docs/adr/0356-city-models.md.
    """
    kind = built_type(type_id)
    return encode_city(kind, things_in(kind, area, day), day, f"{area} {day.isoformat()}")


def things_in(kind: SubjectType, area: str, day: date) -> list[BuiltThing]:
    """Return what stands in an area on a day. Source: docs/adr/0356-city-models.md."""
    places = [name for name, rule in kind.fields.items() if rule.type == "area"]
    found = []
    for held in asking.stream(default_district(), kind, asking.Viewpoint(day), EXPORTER):
        state = state_of(kind, held.values, day.isoformat())
        inside = not places or any(str(held.values.get(name) or "").startswith(area) for name in places)
        if inside and (state is None or not state.ended):
            found.append(BuiltThing(held.key, held.values))
    return found


def built_type(type_id: str = "") -> SubjectType:
    """Return the type that is meant.

    Raises:
        NoCityModel: see `city_of`.

    Source: docs/adr/0356-city-models.md.
    """
    built = {name: kind for name, kind in subject_types().items() if kind.city is not None}
    chosen = built.get(type_id) if type_id else next(iter(built.values())) if len(built) == 1 else None
    if chosen is None:
        known = ", ".join(sorted(built)) or "none"
        raise NoCityModel(f"没有可导出的对象类型 {type_id} · no type of what is built {type_id!r}; known: {known}")
    return chosen
