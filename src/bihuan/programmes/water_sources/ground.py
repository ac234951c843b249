"""Where the sample's sources, zones and sites lie: borders in millionths of a degree around each source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

E6 = 1_000_000
INNER, OUTER, FAR = 2_600, 6_400, 9_800
"""Half widths of levels I, II and of the quasi zone: some two, five and eight hundred metres."""
ROAD = 110
"""A road of ten metres between a border and its neighbour."""
APART = 24_000


class ZoneGround(NamedTuple):
    """A source and what lies around it; eastern corners of its borders lie exactly on `inner`, `outer`."""

    number: str
    spot: Spot
    inner: int
    outer: int


def sources_of(play: Play, luck: Luck, count: int) -> list[ZoneGround]:
    """Return sources so far from each other that no zone meets another's, also when it grows by half."""
    found: list[ZoneGround] = []
    for number in luck.sample(range(400), 400):
        spot = play.district.spot("zone", number)
        if len(found) < count and all(_apart(spot, each.spot) for each in found):
            inner, outer = INNER + luck.whole(-300, 300), OUTER + luck.whole(-600, 600)
            found.append(ZoneGround(f"WS-{len(found) + 1:02}", spot, inner, outer))
    return found


def _apart(one: Spot, other: Spot) -> bool:
    return abs(one.lon - other.lon) > APART or abs(one.lat - other.lat) > APART


def border(luck: Luck, spot: Spot, half: int, hole: int = 0) -> str:
    """Return an octagon whose eastern corner is exactly `half` east of the spot, with a hole when asked."""
    corners = [(half, 0)]
    for east, north in ((0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7)):
        size = half * luck.between(0.92, 1.0)
        corners.append((int(east * size), int(north * size)))
    ring = _written(spot, [*corners, corners[0]])
    diamond = [(hole, 0), (0, -hole), (-hole, 0), (0, hole), (hole, 0)]
    return f"{ring} | {_written(spot, diamond)}" if hole else ring


def site(spot: Spot, east: int, north: int = 0, size: int = 400) -> str:
    """Return a square site whose western edge is so far east of a spot, with its corner at `north`."""
    corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    return _written(spot, [(east + x, north + y) for x, y in corners])


def _written(spot: Spot, corners: list[tuple[int, int]]) -> str:
    return "; ".join(f"{(spot.lon + x) / E6:.6f}, {(spot.lat + y) / E6:.6f}" for x, y in corners)
