"""How much of a line a track covers: exact lengths within a distance of a polyline, in metres.

The points within a distance of a segment are a convex shape, so what lies within it of another segment is one piece, between
two numbers; the pieces of all pairs are united. No polygon is built: a track of a thousand fixes costs a thousand pieces.
Source: DESIGN §14 (linear places: coverage of a reach by a track); docs/adr/0341-patrols.md.
"""

from __future__ import annotations

from itertools import pairwise
from math import radians

import numpy as np
from numpy.typing import NDArray

AXIS, FLATTENING = 6_378_137.0, 1 / 298.257223563
"""WGS 84: metres of the half axis."""
type Floats = NDArray[np.float64]
"""A polyline is float64[n, 2]: metres east and north."""


def metres_of(degrees: Floats, middle: tuple[float, float]) -> Floats:
    """Longitude and latitude as metres east and north of a point, on the ellipsoid near it.

    Args:
        degrees: float64[n, 2], longitude and latitude; within some tens of kilometres of the point.
        middle: Longitude and latitude in degrees.

    Source: WGS 84 (radii of curvature in the prime vertical and in the meridian).
    """
    squared = FLATTENING * (2 - FLATTENING)
    sine = np.sin(radians(middle[1]))
    across = AXIS / np.sqrt(1 - squared * sine**2)
    along = across * (1 - squared) / (1 - squared * sine**2)
    scale = np.array([across * np.cos(radians(middle[1])), along])
    return np.asarray(np.radians(degrees - np.array(middle)) * scale)


def distances_to(points: Floats, line: Floats) -> Floats:
    """Metres from each point to a polyline; float64[n].

    Source: ISO 19125-1 (distance of geometries).
    """
    if len(line) == 1:
        return np.asarray(np.hypot(*(points - line[0]).T))
    nearest = np.full(len(points), np.inf)
    for a, b in pairwise(line):
        along = b - a
        square = float(along @ along)
        share = np.clip((points - a) @ along / square, 0, 1) if square else np.zeros(len(points))
        nearest = np.minimum(nearest, np.hypot(*(points - (a + share[:, None] * along)).T))
    return nearest


def length_of(line: Floats) -> float:
    """Metres along a polyline."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def covered_length(line: Floats, track: Floats, within: float) -> float:
    """Metres of a line that lie within a distance of a track. Source: docs/adr/0341-patrols.md."""
    if len(track) == 1:
        track = np.repeat(track, 2, axis=0)
    a, b = track[:-1], track[1:]
    low, high = np.minimum(a, b) - within, np.maximum(a, b) + within
    total = 0.0
    for p, q in pairwise(line):
        length = float(np.hypot(*(q - p)))
        near = ((low <= np.maximum(p, q)) & (high >= np.minimum(p, q))).all(axis=1)
        if not length or not near.any():
            continue
        first, last = _pieces(p, (q - p) / length, length, a[near], b[near], within)
        total += _united(first, last)
    return total


def _pieces(p: Floats, unit: Floats, length: float, a: Floats, b: Floats, within: float) -> tuple[Floats, Floats]:
    """Where the line p + t·unit, 0 ≤ t ≤ length, enters and leaves each segment's surroundings; empty: first > last."""
    first, last = np.full(len(a), np.inf), np.full(len(a), -np.inf)
    for end in (a, b):
        middle = (end - p) @ unit
        square = within**2 - (((end - p) ** 2).sum(axis=1) - middle**2)
        half = np.sqrt(np.maximum(square, 0))
        first = np.where(square >= 0, np.minimum(first, middle - half), first)
        last = np.where(square >= 0, np.maximum(last, middle + half), last)
    along = b - a
    size = np.hypot(*along.T)
    moved = size > 0
    way = np.divide(along, size[:, None], out=np.zeros_like(along), where=moved[:, None])
    beside = np.column_stack([-way[:, 1], way[:, 0]])
    enter, leave = np.full(len(a), -np.inf), np.full(len(a), np.inf)
    for axis, lower, upper in (
        (way, np.zeros(len(a)), size),
        (beside, np.full(len(a), -within), np.full(len(a), within)),
    ):
        at, speed = ((p - a) * axis).sum(axis=1), axis @ unit
        still = np.abs(speed) < 1e-12
        safe = np.where(still, 1.0, speed)
        one, two = (lower - at) / safe, (upper - at) / safe
        inside = (at >= lower) & (at <= upper)
        enter = np.maximum(enter, np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, two)))
        leave = np.minimum(leave, np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, two)))
    within_box = moved & (enter <= leave)
    first = np.where(within_box, np.minimum(first, enter), first)
    last = np.where(within_box, np.maximum(last, leave), last)
    return np.maximum(first, 0.0), np.minimum(last, length)


def _united(first: Floats, last: Floats) -> float:
    """The length of the union of intervals; those whose end lies before their beginning are none."""
    real = first < last
    first, last = first[real], last[real]
    if not len(first):
        return 0.0
    order = np.argsort(first, kind="stable")
    first, last = first[order], np.maximum.accumulate(last[order])
    begins = np.concatenate([[True], first[1:] > last[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    return float((last[ends] - first[begins]).sum())
