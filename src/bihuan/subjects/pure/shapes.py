"""Shapes of subjects and what is asked of them: positions in millionths of a degree, rings with holes, GeoJSON. Pure.

A shape is `{"type": Point|LineString|Polygon|MultiPolygon, "positions": […], "rings": […]}` as the field type
`geometry` has it: no event and no version holds a decimal number. Source: RFC 7946 §3.1; docs/adr/0231.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from bihuan.insight.places import coordinates

MICRO = 1_000_000


class ShapeError(ValueError):
    """A GeoJSON geometry that is no shape of ours."""


def from_geojson(found: Any) -> dict[str, Any]:
    """Return the shape of a GeoJSON geometry; heights are left out.

    Raises:
        ShapeError: it is no point, line or area, or holds something else than positions.

    Source: RFC 7946 (GeoJSON).
    """
    kind = found.get("type") if isinstance(found, dict) else None
    try:
        given = found["coordinates"]
        if kind == "Point":
            return {"type": "Point", "positions": [_position(given)]}
        if kind == "LineString":
            return {"type": "LineString", "positions": _line(given)}
        if kind == "Polygon":
            return _area([given])
        if kind == "MultiPolygon":
            return _area(given)
        if kind == "MultiLineString" and len(given) == 1:
            return {"type": "LineString", "positions": _line(given[0])}
        if kind == "MultiPoint" and len(given) == 1:
            return {"type": "Point", "positions": [_position(given[0])]}
    except ShapeError:
        raise
    except (KeyError, TypeError, ValueError, InvalidOperation, IndexError) as error:
        raise ShapeError(f"{kind} without readable positions") from error
    raise ShapeError(f"{kind} is no point, line or area")


def to_geojson(shape: Any) -> dict[str, Any]:
    """Return a shape, or a position of the field type `place`, as GeoJSON geometry in degrees.

    Source: RFC 7946 (GeoJSON).
    """
    if isinstance(shape, list):
        return {"type": "Point", "coordinates": _degrees(shape)}
    kind, positions = shape["type"], shape["positions"]
    if kind == "Point":
        return {"type": "Point", "coordinates": _degrees(positions[0])}
    if kind == "LineString":
        return {"type": "LineString", "coordinates": [_degrees(each) for each in positions]}
    rings = [[_degrees(each) for each in ring] for ring in (positions, *shape.get("holes", ()))]
    return {"type": "Polygon", "coordinates": rings}


def to_wgs84(value: Any, system: str) -> Any:
    """Return a place or shape whose positions were given in another system of coordinates in WGS-84.

    Args:
        value: As the field types `place` and `geometry` have it. system: One of `insight.places.coordinates.SYSTEMS`.

    Raises:
        ValueError: there is no such system.

    Source: docs/topics/places.md, "Coordinates".
    """
    if isinstance(value, list):
        lon, lat = coordinates.to_wgs84(value[0] / MICRO, value[1] / MICRO, system)
        return [round(lon * MICRO), round(lat * MICRO)]
    moved = value | {"positions": [to_wgs84(each, system) for each in value["positions"]]}
    if "holes" in value:
        moved["holes"] = [[to_wgs84(each, system) for each in hole] for hole in value["holes"]]
    return moved


def _area(polygons: Iterable[Any]) -> dict[str, Any]:
    parts = [[_line(ring) for ring in polygon] for polygon in polygons]
    if len(parts) != 1:
        raise ShapeError("an area of several parts")
    outer, *holes = parts[0]
    return {"type": "Polygon", "positions": outer, **({"holes": holes} if holes else {})}


def _line(given: Any) -> list[list[int]]:
    return [_position(each) for each in given]


def _position(given: Any) -> list[int]:
    return [int((Decimal(str(part)) * MICRO).to_integral_value()) for part in given[:2]]


def _degrees(position: Any) -> list[float]:
    return [part / MICRO for part in position]
