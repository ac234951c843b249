"""Systems of coordinates of OGC API - Features part 2: longitude first or latitude first, and the metres of web maps.

CGCS2000 (EPSG:4490) is the same as WGS-84 to well under a metre; the national law of maps asks for its name.
Source: OGC 18-058r1, 6.2; EPSG registry: 4326, 4490 (latitude first), 3857 (spherical Mercator, radius 6,378,137 m).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
RADIUS = 6_378_137.0
NORTHERNMOST = 85.06
"""Degrees, where the square of the web map ends."""

type Position = tuple[float, float]


def _same(x: float, y: float) -> Position:
    return x, y


def _swapped(x: float, y: float) -> Position:
    return y, x


def _to_mercator(x: float, y: float) -> Position:
    y = max(-NORTHERNMOST, min(NORTHERNMOST, y))
    return RADIUS * math.radians(x), RADIUS * math.log(math.tan(math.pi / 4 + math.radians(y) / 2))


def _from_mercator(x: float, y: float) -> Position:
    return math.degrees(x / RADIUS), math.degrees(2 * math.atan(math.exp(y / RADIUS)) - math.pi / 2)


SYSTEMS: dict[str, tuple[Callable[[float, float], Position], Callable[[float, float], Position]]] = {
    CRS84: (_same, _same),
    "http://www.opengis.net/def/crs/EPSG/0/4326": (_swapped, _swapped),
    "http://www.opengis.net/def/crs/EPSG/0/4490": (_swapped, _swapped),
    "http://www.opengis.net/def/crs/EPSG/0/3857": (_to_mercator, _from_mercator),
}
"""Address of a system → from longitude and latitude into it, and back."""


def carried(geometry: dict[str, Any] | None, system: str) -> dict[str, Any] | None:
    """Return a geometry of GeoJSON in another system.

    Args:
        geometry: In degrees of WGS-84, longitude first; None stays None. system: One of `SYSTEMS`.

    Source: OGC 18-058r1, 6.2.
    """
    if geometry is None or system == CRS84:
        return geometry
    return {**geometry, "coordinates": _each(geometry["coordinates"], SYSTEMS[system][0])}


def bounds_of(numbers: tuple[float, float, float, float], system: str) -> tuple[float, float, float, float]:
    """Return a box that was given in a system as west, south, east, north in degrees. Source: OGC 18-058r1, 6.3."""
    back = SYSTEMS[system][1]
    west, south = back(numbers[0], numbers[1])
    east, north = back(numbers[2], numbers[3])
    return west, south, east, north


def _each(found: Any, into: Callable[[float, float], Position]) -> Any:
    if isinstance(found[0], (int, float)):
        return list(into(found[0], found[1]))
    return [_each(one, into) for one in found]
