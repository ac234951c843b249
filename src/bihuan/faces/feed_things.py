"""Things that a feed tells of: bases, courses, halls of a register as schema.org describes them.

    over: patriotic-base
    thing: {type: TouristAttraction, states: [accredited], fields: {name: name, geo: position}}

Each property takes a field: a choice is told by its word, a unit and a subject by their names, a place as
GeoCoordinates, yes and no as true and false; what is not known is left out.
Source: https://schema.org; docs/topics/views.md, "Feeds"; docs/adr/0429-things-in-feeds.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bihuan.declare.model import Code, Strict
from bihuan.faces.parts.subjects import told_titles, told_value
from bihuan.faces.parts.world import World
from bihuan.subjects import asking
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.ground import positions_of
from bihuan.subjects.pure.types import SubjectType, state_of

type Property = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z]{1,60}$")]
MICRO = 1_000_000
PLAIN = frozenset({"yes_no", "count", "number", "date", "instant"})


class FeedThing(Strict):
    """What each subject is told as: a type of schema.org, its properties from fields, the states that are told of."""

    type: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{1,60}$")]
    fields: dict[Property, Code] = Field(min_length=1)
    states: tuple[Code, ...] = ()


def things_of(
    here: World, kind: SubjectType, declared: FeedThing, looker: Looker, key: str = "", most: int = 20_000
) -> Iterator[dict[str, Any]]:
    """Return each subject of today as schema.org describes it.

    Args:
        key: One subject; empty: all of them. most: At most so many.

    Source: https://schema.org/Thing (identifier, name); GeoCoordinates (latitude, longitude in degrees, WGS 84).
    """
    day, district = here.now.astimezone(here.zone).date(), here.registers.district.code
    held = asking.find(district, kind, asking.Viewpoint(day, limit=most), looker)
    kept = [each for each in held if key in ("", each.key) and _told(kind, each.values, declared, day.isoformat())]
    titles = told_titles(here, kind, tuple(declared.fields.values()), [each.values for each in kept], looker)
    for each in kept:
        told: dict[str, Any] = {"@type": declared.type, "identifier": each.key}
        for name, field in declared.fields.items():
            value = each.values.get(field)
            if value not in (None, ""):
                told[name] = _value(here, kind, field, value, titles)
        yield told


def _told(kind: SubjectType, values: Mapping[str, Any], declared: FeedThing, day: str) -> bool:
    state = state_of(kind, values, day) if declared.states else None
    return not declared.states or (state is not None and state.id in declared.states)


def _value(here: World, kind: SubjectType, field: str, value: Any, titles: Mapping[tuple[str, str], str]) -> Any:
    type_ = kind.fields[field].type
    if type_ == "place":
        lon, lat = next(iter(positions_of(value)))
        return {"@type": "GeoCoordinates", "latitude": lat / MICRO, "longitude": lon / MICRO}
    if type_ in PLAIN:
        return value
    if type_ == "subject":
        return {"@type": "Thing", "identifier": str(value), "name": titles.get((field, str(value)), str(value))}
    return told_value(here, kind, field, value)
