"""Which shapes touch which zones: one core for every gate over borders, of water, monuments or anything else.

Any touch counts: a common point, an edge along an edge, one within the other. A hole is outside of its zone, its edge is
not. Touching is decided on the positions as they are written, in degrees, by predicates that are exact in their signs;
no projection and no tolerance stands between. Coordinates in GCJ-02 or BD-09 are brought to WGS-84 first.
Source: OGC 06-103r4, 6.1.15.3 (intersects); RFC 7946 §3.1; docs/adr/0352-zone-gates.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bihuan.insight.places.coordinates import SYSTEMS, to_wgs84

RANGE = "坐标须为经度在前、纬度在后的度数 · positions are degrees, longitude before latitude"
RANGE_REMEDY = "核对坐标顺序和坐标系 · look at the order of the numbers and the coordinate system"
CROSSING = "边界自相交或不闭合 · the border crosses itself or does not close"
CROSSING_REMEDY = "修正边界后重报 · correct the border"


class ZoneFault(NamedTuple):
    """Why a shape cannot be judged, and what to do."""

    rule: str
    remedy: str


def system_of(word: str | None, usual: str) -> str | None:
    """Return the coordinate system that a word names (`gcj02`, `BD-09`, `wgs84`), None when there is none such.

    Args:
        usual: What holds where nothing is said.

    Source: docs/topics/places.md, "Coordinates"
    """
    wanted = "".join(letter for letter in (word or usual).upper() if letter.isalnum())
    if wanted in ("CGCS2000", "EPSG4490", "EPSG4326"):
        return SYSTEMS[0]
    return next((each for each in SYSTEMS if each.replace("-", "") == wanted), None)


def placed(shape: Any, system: str) -> Any:
    """Return a shape in WGS-84; those that are already are returned as they are.

    Source: docs/topics/places.md, "Coordinates"
    """
    if system == SYSTEMS[0]:
        return shape

    def moved(positions: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([to_wgs84(float(lon), float(lat), system) for lon, lat in positions])

    return shapely.transform(shape, moved)


def fault_of(shape: Any) -> ZoneFault | None:
    """Return why a shape is no place on earth or no area; None when nothing is wrong with it.

    Source: RFC 7946 §3.1.1, §3.1.6; OGC 06-103r4, 6.1.11.1 (valid polygons)
    """
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return ZoneFault(RANGE, RANGE_REMEDY)
    return None if shapely.is_valid(shape) else ZoneFault(CROSSING, CROSSING_REMEDY)


def touching(ones: Sequence[Any], others: Sequence[Any]) -> list[list[int]]:
    """Return for each shape the places of the others that it touches, in order.

    Args:
        ones, others: Shapes in one coordinate system.

    Source: OGC 06-103r4, 6.1.15.3 (intersects)
    """
    found: list[list[int]] = [[] for _ in ones]
    if len(ones) and len(others):
        mine, theirs = shapely.STRtree(list(others)).query(np.array(ones, dtype=object), predicate="intersects")
        for one, other in sorted(zip(mine.tolist(), theirs.tolist(), strict=True)):
            found[one].append(other)
    return found
