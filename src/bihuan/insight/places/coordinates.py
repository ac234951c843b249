"""The three coordinate systems in use in China, and the way between them.

WGS-84 is what satellites and the platform use. GCJ-02 shifts it by some hundred metres inside mainland China; BD-09
shifts GCJ-02 again. The formulas are the published reconstructions (eviltransform by googollee and others, MIT licence;
Baidu's documented offset). Forward formulas are exact; the ways back are solved by fixed-point iteration to 1e-9°.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin, sqrt

SYSTEMS = ("WGS-84", "GCJ-02", "BD-09")
AXIS, ECCENTRICITY = 6378245.0, 0.00669342162296594323  # Krasovsky 1940 ellipsoid: metres, squared
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271  # the box in which the shift is applied, degrees
SHIFT = 0.0065, 0.006  # degrees, BD-09 against GCJ-02
STEPS, EXACT = 30, 1e-9
Point = tuple[float, float]


def outside(lon: float, lat: float) -> bool:
    """Whether a point lies outside the box in which coordinates are shifted.

    Source: docs/topics/places.md, "Coordinates" (the box in which coordinates are shifted).
    """
    return not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH)


def _waves(x: float, y: float) -> Point:
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    lat += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    lon += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return lon, lat


def wgs84_to_gcj02(lon: float, lat: float) -> Point:
    """Degrees to degrees; outside the box unchanged.

    Source: eviltransform by googollee and others, the published reconstruction; docs/topics/places.md, "Coordinates".
    """
    if outside(lon, lat):
        return lon, lat
    east, north = _waves(lon - 105, lat - 35)
    radians = lat / 180 * pi
    magic = 1 - ECCENTRICITY * sin(radians) ** 2
    north = north * 180 / (AXIS * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    east = east * 180 / (AXIS / sqrt(magic) * cos(radians) * pi)
    return lon + east, lat + north


def gcj02_to_bd09(lon: float, lat: float) -> Point:
    """Degrees to degrees; outside the box unchanged.

    Source: eviltransform by googollee and others; Baidu's documented offset.
    """
    if outside(lon, lat):
        return lon, lat
    radius = hypot(lon, lat) + 0.00002 * sin(lat * pi * 3000 / 180)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * pi * 3000 / 180)
    return radius * cos(angle) + SHIFT[0], radius * sin(angle) + SHIFT[1]


def _inverse(forward: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """The point that `forward` takes to (lon, lat)."""
    x, y = lon, lat
    for _ in range(STEPS):
        east, north = forward(x, y)
        off = lon - east, lat - north
        x, y = x + off[0], y + off[1]
        if max(abs(off[0]), abs(off[1])) < EXACT:
            break
    return x, y


def gcj02_to_wgs84(lon: float, lat: float) -> Point:
    """Degrees to degrees; outside the box unchanged.

    Source: docs/topics/places.md, "Coordinates" (the way back is iterated to 1e-9 degrees).
    """
    return (lon, lat) if outside(lon, lat) else _inverse(wgs84_to_gcj02, lon, lat)


def bd09_to_gcj02(lon: float, lat: float) -> Point:
    """Degrees to degrees; outside the box unchanged.

    Source: docs/topics/places.md, "Coordinates" (the way back is iterated to 1e-9 degrees).
    """
    return (lon, lat) if outside(lon, lat) else _inverse(gcj02_to_bd09, lon, lat)


def to_wgs84(lon: float, lat: float, crs: str) -> Point:
    """A tagged point in WGS-84.

    Args:
        lon: Degrees.
        lat: Degrees.
        crs: One of `SYSTEMS`; case, spaces and hyphens do not matter. CGCS2000 counts as WGS-84 (centimetres apart).

    Raises:
        ValueError: no such system, or no point on earth.

    Source: docs/topics/places.md, "Coordinates".
    """
    _check(lon, lat)
    match _system(crs):
        case "WGS-84":
            return lon, lat
        case "GCJ-02":
            return gcj02_to_wgs84(lon, lat)
        case _:
            return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def from_wgs84(lon: float, lat: float, crs: str) -> Point:
    """A WGS-84 point in another system; arguments and errors as in `to_wgs84`.

    Source: docs/topics/places.md, "Coordinates".
    """
    _check(lon, lat)
    match _system(crs):
        case "WGS-84":
            return lon, lat
        case "GCJ-02":
            return wgs84_to_gcj02(lon, lat)
        case _:
            return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def _system(crs: str) -> str:
    plain = "".join(char for char in crs.upper() if char.isalnum())
    known = {"".join(c for c in system if c.isalnum()): system for system in SYSTEMS}
    known |= {"CGCS2000": "WGS-84", "EPSG4326": "WGS-84", "EPSG4490": "WGS-84"}
    if plain not in known:
        raise ValueError(f"unknown coordinate system {crs!r}; the known ones are {', '.join(SYSTEMS)}")
    return known[plain]


def _check(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"({lon}, {lat}) is no point on earth: degrees, longitude first")
