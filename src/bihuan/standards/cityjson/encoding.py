"""Subjects of a day as one CityJSON 2.0 object: an area with a height is a closed solid, the rest lies flat.

Vertices are whole millimetres from the south-west corner of all of them; the same places are one vertex. Heights are
metres of the register. Attributes are those that the type declares, never more. The same subjects give the same bytes.
Source: OGC 20-072r5, CityJSON 2.0; docs/adr/0356-city-models.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from bihuan.standards.cityjson.grid import project, zone_of
from bihuan.subjects.pure.cities import CityModel
from bihuan.subjects.pure.impersonal import names_a_person
from bihuan.subjects.pure.types import SubjectType

MILLIMETRES, E6 = 1_000, 1_000_000
type Ring = list[int]


class BuiltThing(NamedTuple):
    """A subject that stands there on the day: its key and open values."""

    key: str
    values: Mapping[str, Any]


class EncodedCity(NamedTuple):
    """The model, and the keys of what was left out with the reason: `no_geometry`, `no_object` or `person`."""

    document: dict[str, Any]
    left_out: dict[str, str]


class _Vertices:
    """Places in metres, each once."""

    def __init__(self, meridian: int) -> None:
        self.meridian = meridian
        self.numbers: dict[tuple[int, int, int], int] = {}

    def ring(self, positions: Iterable[Sequence[int]], height: float) -> Ring:
        """Numbers of the vertices of a ring or line at a height; a ring's last position is its first and left out."""
        found = []
        for lon, lat in positions:
            east, north = project(lon / E6, lat / E6, self.meridian)
            at = (round(east * MILLIMETRES), round(north * MILLIMETRES), round(height * MILLIMETRES))
            found.append(self.numbers.setdefault(at, len(self.numbers)))
        return found[:-1] if len(found) > 1 and found[0] == found[-1] else found


def encode_city(kind: SubjectType, things: Sequence[BuiltThing], day: date, title: str) -> EncodedCity:
    """Return the model of what stands there.

    Args:
        kind: A type that declares `city`. things: In any order. day: Of which the model speaks.

    Raises:
        OutsideChina: there is no zone for where they lie.

    Source: OGC 20-072r5 §2 to §4.
    """
    city = kind.city
    assert city is not None
    kept, left_out = things_kept(kind, city, things)
    meridian, code = zone_of(_positions(kept[0].values[str(kind.geometry)])[0][0] / E6) if kept else (117, 4548)
    vertices, objects = _Vertices(meridian), {}
    for each in kept:
        objects[each.key] = _object(kind, city, each, vertices)
    _tie(objects)
    document = _document(objects, list(vertices.numbers), code, day, title)
    return EncodedCity(document, left_out)


def things_kept(
    kind: SubjectType, city: CityModel, things: Sequence[BuiltThing]
) -> tuple[list[BuiltThing], dict[str, str]]:
    """Return what goes into a model, by key, and the keys of what does not with the reason.

    Source: docs/adr/0356-city-models.md.
    """
    kept, left_out = [], {}
    for each in sorted(things, key=lambda one: one.key):
        said = [str(each.values[name]) for name in city.attributes if each.values.get(name) is not None]
        if each.values.get(str(kind.geometry)) is None:
            left_out[each.key] = "no_geometry"
        elif each.values.get(city.kind) not in city.objects:
            left_out[each.key] = "no_object"
        elif any(names_a_person(text) for text in [each.key, *said]):
            left_out[each.key] = "person"
        else:
            kept.append(each)
    return kept, left_out


def _object(kind: SubjectType, city: CityModel, each: BuiltThing, vertices: _Vertices) -> dict[str, Any]:
    values = each.values
    base = float(values.get(city.base or "") or 0)
    height = float(values.get(city.height or "") or 0)
    found: dict[str, Any] = {
        "type": city.objects[str(values[city.kind])],
        "geometry": [_geometry(values[str(kind.geometry)], base, height, vertices)],
    }
    told = {name: values[name] for name in city.attributes if values.get(name) is not None}
    if told:
        found["attributes"] = told
    if city.parent is not None and values.get(city.parent):
        found["parents"] = [str(values[city.parent])]
    return found


def _geometry(shape: Any, base: float, height: float, vertices: _Vertices) -> dict[str, Any]:
    kind = "Point" if isinstance(shape, list) else shape["type"]
    if kind == "Point":
        return {"type": "MultiPoint", "lod": "0", "boundaries": vertices.ring(_positions(shape), base)}
    if kind == "LineString":
        return {"type": "MultiLineString", "lod": "0", "boundaries": [vertices.ring(shape["positions"], base)]}
    rings = [shape["positions"], *shape.get("holes", ())]
    area = [_turned([*ring], left=n == 0) for n, ring in enumerate(rings)]
    if height <= 0:
        return {"type": "MultiSurface", "lod": "0", "boundaries": [[vertices.ring(ring, base) for ring in area]]}
    return {"type": "Solid", "lod": "1", "boundaries": [_shell(area, base, base + height, vertices)]}


def _shell(area: Sequence[Sequence[Sequence[int]]], base: float, top: float, vertices: _Vertices) -> list[list[Ring]]:
    """The closed surface of a block: roof, floor, walls; every face is seen from outside against the clock."""
    lower = [vertices.ring(ring, base) for ring in area]
    upper = [vertices.ring(ring, top) for ring in area]
    faces: list[list[Ring]] = [upper, [ring[::-1] for ring in lower]]
    for below, above in zip(lower, upper, strict=True):
        for here in range(len(below)):
            there = (here + 1) % len(below)
            faces.append([[below[here], below[there], above[there], above[here]]])
    return faces


def _turned(ring: Sequence[Sequence[int]], *, left: bool) -> list[Sequence[int]]:
    """A ring against the clock (outer) or with it (hole), seen from above."""
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    return list(ring) if (twice > 0) == left else list(ring)[::-1]


def _positions(shape: Any) -> list[Sequence[int]]:
    if isinstance(shape, list):
        return [shape]
    return list(shape["positions"])


def _tie(objects: dict[str, dict[str, Any]]) -> None:
    """Children are told of their parents; a parent that does not stand there is none, and its part stands alone."""
    for key, each in objects.items():
        for parent in each.pop("parents", []):
            if parent in objects and parent != key:
                each["parents"] = [parent]
                objects[parent].setdefault("children", []).append(key)
    for each in objects.values():
        if each["type"] in ("BuildingInstallation", "BuildingPart") and "parents" not in each:
            each["type"] = "OtherConstruction"


def _document(
    objects: dict[str, Any], vertices: list[tuple[int, int, int]], code: int, day: date, title: str
) -> dict[str, Any]:
    low = [min((at[axis] for at in vertices), default=0) for axis in range(3)]
    high = [max((at[axis] for at in vertices), default=0) for axis in range(3)]
    return {
        "type": "CityJSON", "version": "2.0",
        "transform": {"scale": [1 / MILLIMETRES] * 3, "translate": [each / MILLIMETRES for each in low]},
        "metadata": {
            "title": title, "referenceDate": day.isoformat(),
            "referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{code}",
            "geographicalExtent": [each / MILLIMETRES for each in (*low, *high)],
        },
        "CityObjects": objects,
        "vertices": [[at[axis] - low[axis] for axis in range(3)] for at in vertices],
    }  # fmt: skip
