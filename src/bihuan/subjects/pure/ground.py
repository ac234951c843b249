"""Shapes on the ground in metres: distances, chainage along a line, coverage of a line by a track, zones. Pure.

Positions are projected around their own middle (equirectangular, on the mean Earth radius), which over a district of
forty kilometres is right to a few parts in a hundred thousand; every answer is a number of metres or a yes. Whatever
touches a zone's edge is in it, and what touches a hole's edge is not inside the hole: any touch counts.
Source: docs/topics/subjects.md, "Places"; J. P. Snyder, Map Projections (USGS PP 1395, 1987), ch. 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import cos, radians
from typing import Any

import h3
import shapely
from shapely.geometry.base import BaseGeometry

MICRO = 1_000_000
EARTH = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""
type Position = Sequence[int]
"""Longitude and latitude in millionths of a degree, WGS-84."""


@dataclass(frozen=True)
class Ground:
    """A plane in metres that touches the Earth at a position.

    Args:
        middle: Longitude and latitude in millionths of a degree.
    """

    middle: tuple[int, int]

    @staticmethod
    def around(positions: Iterable[Position]) -> Ground:
        """The plane in the middle of some positions, at least one. Source: docs/topics/subjects.md, "Places"."""
        found = list(positions)
        lons, lats = [p[0] for p in found], [p[1] for p in found]
        return Ground(((min(lons) + max(lons)) // 2, (min(lats) + max(lats)) // 2))

    @cached_property
    def _scale(self) -> tuple[float, float]:
        north = radians(1 / MICRO) * EARTH
        return north * cos(radians(self.middle[1] / MICRO)), north

    def metres(self, position: Position) -> tuple[float, float]:
        """East and north of the middle, in metres. Source: docs/topics/subjects.md, "Places"."""
        east, north = self._scale
        return (position[0] - self.middle[0]) * east, (position[1] - self.middle[1]) * north

    def position(self, east: float, north: float) -> tuple[int, int]:
        """The position so many metres from the middle. Source: docs/topics/subjects.md, "Places"."""
        by_east, by_north = self._scale
        return self.middle[0] + round(east / by_east), self.middle[1] + round(north / by_north)

    def shape(self, value: Any) -> BaseGeometry:
        """A value of the field types `place` and `geometry` as a shape in metres.

        Source: docs/topics/subjects.md, "Places".
        """
        if isinstance(value, list | tuple):
            return shapely.Point(self.metres(value))
        points = [self.metres(each) for each in value["positions"]]
        if value["type"] == "Point":
            return shapely.Point(points[0])
        if value["type"] == "LineString":
            return shapely.LineString(points)
        return shapely.Polygon(points, [[self.metres(each) for each in hole] for hole in value.get("holes", ())])


def positions_of(value: Any) -> list[Position]:
    """The positions of a place or geometry. Source: docs/topics/subjects.md, "Places"."""
    return [value] if isinstance(value, list | tuple) else list(value["positions"])


def distance(one: Position, other: Position) -> float:
    """Metres between two positions.

    Source: docs/topics/subjects.md, "Places".
    """
    ground = Ground.around((one, other))
    (x1, y1), (x2, y2) = ground.metres(one), ground.metres(other)
    return float(((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5)


def cell(position: Position, resolution: int) -> str:
    """The H3 cell of a position.

    Args:
        resolution: 0 to 15; 9 has cells of about 0.1 km².

    Source: h3geo.org, "Tables of Cell Statistics".
    """
    return str(h3.latlng_to_cell(position[1] / MICRO, position[0] / MICRO, resolution))


def written_shape(value: Any) -> BaseGeometry:
    """A value of the field types `place` and `geometry` in the whole millionths of a degree in which it is written.

    Whether two shapes touch is exact on them: nothing was projected and nothing rounded.

    Source: docs/adr/0352-zone-gates.md
    """
    if isinstance(value, list | tuple):
        return shapely.Point(value)
    if value["type"] == "Point":
        return shapely.Point(value["positions"][0])
    if value["type"] == "LineString":
        return shapely.LineString(value["positions"])
    return shapely.Polygon(value["positions"], value.get("holes", ()))


def touches(zone: Any, thing: Any) -> bool:
    """Whether a place, line or area has a point in a zone; the zone's edge and its holes' edges belong to it.

    Source: OGC 06-103r4, 6.1.15.3 (intersects).
    """
    return bool(shapely.intersects(written_shape(zone), written_shape(thing)))


class Alignment:
    """A line with chainage: metres along it from its first position.

    Args:
        positions: At least two. start: The chainage of the first position, in metres.
    """

    def __init__(self, positions: Sequence[Position], start: float = 0.0) -> None:
        self.ground, self.start = Ground.around(positions), start
        self._line = shapely.LineString([self.ground.metres(each) for each in positions])

    @property
    def length(self) -> float:
        """Metres. Source: docs/topics/subjects.md, "Places"."""
        return float(self._line.length)

    def chainage(self, position: Position) -> tuple[float, float]:
        """Where along the line a position is nearest, and how far it is from the line; both in metres.

        Source: docs/topics/subjects.md, "Places".
        """
        point = shapely.Point(self.ground.metres(position))
        return self.start + float(self._line.project(point)), float(self._line.distance(point))

    def at(self, chainage: float) -> tuple[int, int]:
        """The position at a chainage.

        Raises:
            ValueError: it lies before the beginning or behind the end.

        Source: docs/topics/subjects.md, "Places".
        """
        along = chainage - self.start
        if not -1e-6 <= along <= self.length + 1e-6:
            raise ValueError(f"chainage {chainage} m is outside {self.start}–{self.start + self.length:.1f} m")
        point = self._line.interpolate(min(max(along, 0.0), self.length))
        return self.ground.position(point.x, point.y)

    def between(self, things: Iterable[tuple[str, Position]], first: float, last: float, within: float) -> list[str]:
        """Which things lie along the line between two chainages, in that order.

        Args:
            things: Key and position. first, last: Metres; both ends belong to the stretch.
            within: Metres from the line at most.

        Source: docs/topics/subjects.md, "Places".
        """
        low, high = sorted((first, last))
        placed = [(*self.chainage(position), key) for key, position in things]
        return [key for along, away, key in sorted(placed) if low <= along <= high and away <= within]

    def covered(self, track: Sequence[Position], within: float) -> list[tuple[float, float]]:
        """The stretches of the line that a track passed within so many metres, as chainages from–to, in order.

        Args:
            track: Positions in the order of time. Between two of them the way is straight; a track of one position
                covers what lies around it.

        Source: docs/topics/subjects.md, "Places" (a reach is covered by a track).
        """
        if not track:
            return []
        points = [self.ground.metres(each) for each in track]
        path = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])
        return self._stretches(path.buffer(within, quad_segs=32))

    def share_covered(self, track: Sequence[Position], within: float) -> float:
        """The covered share of the line, 0 to 1. Source: docs/topics/subjects.md, "Places"."""
        return sum(last - first for first, last in self.covered(track, within)) / self.length

    def _stretches(self, near: BaseGeometry) -> list[tuple[float, float]]:
        """Chainages of what of the line lies in an area; walked piece by piece, so that a loop counts each time."""
        coordinates = shapely.get_coordinates(self._line)
        found: list[tuple[float, float]] = []
        along = self.start
        for one, two in pairwise(coordinates):
            piece = shapely.LineString((one, two))
            length = float(piece.length)
            for part in shapely.get_parts(shapely.intersection(piece, near)):
                if part.geom_type != "LineString" or not part.length:
                    continue
                limits = shapely.get_coordinates(part)[[0, -1]]
                ends = sorted(float(piece.project(shapely.Point(each))) for each in limits)
                found.append((along + ends[0], along + ends[1]))
            along += length
        return _joined(found)


def _joined(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches that meet or overlap as one; a gap of less than a millimetre is none."""
    joined: list[tuple[float, float]] = []
    for first, last in sorted(stretches):
        if joined and first <= joined[-1][1] + 1e-3:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
