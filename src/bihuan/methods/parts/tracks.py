"""Positions of vehicles: where they stood, which fences they were in, where nothing is known of them.

A stop is a run of slow positions near each other; the last one counts though nobody drove away. A fence has a margin both
ways: a vehicle is inside after so many positions within it, and outside after so many beyond its margin; the first state
is confirmed like any other. A gap is a gap: neither a stop nor a move. All in one pass over sorted columns.
Source: DESIGN §14 (tracks); OGC 18-075 Moving Features (vocabulary); docs/adr/0311-tracks.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on the sphere of 6,371 km; longitude times the cosine."""
type Floats = NDArray[np.float64]


class TrackColumns(NamedTuple):
    """Positions in order of vehicle and time.

    Args:
        number: int64[n], of the vehicle. second: int64[n], since 1970. lon, lat: float64[n], degrees, WGS 84.
        speed: float64[n], km/h; where none was sent it follows from the step before.
        step: float64[n], metres from the position before. new: bool[n], the first position of its vehicle.
    """

    number: NDArray[np.int64]
    second: NDArray[np.int64]
    lon: Floats
    lat: Floats
    speed: Floats
    step: Floats
    new: NDArray[np.bool_]


class StandingStill(NamedTuple):
    """A stay of a vehicle.

    Args:
        vehicle: Its number. first, last: Seconds since 1970. x, y: Median longitude and latitude.
    """

    vehicle: int
    first: int
    last: int
    x: float
    y: float


class FenceVisit(NamedTuple):
    """A vehicle in a fence: number, place of the fence, from the first to the last position inside (seconds)."""

    vehicle: int
    fence: int
    first: int
    last: int


class SilentSpan(NamedTuple):
    """A vehicle of which nothing is known: number, last position before, first one after (seconds), metres between."""

    vehicle: int
    first: int
    last: int
    metres: float


def metres_apart(x1: Floats, y1: Floats, x2: Floats, y2: Floats) -> Floats:
    """Return metres between places in degrees, on the sphere; for distances of a city.

    Source: equirectangular projection at the mean latitude
    """
    east = (x2 - x1) * np.cos(np.radians((y1 + y2) / 2))
    metres: Floats = np.hypot(east, y2 - y1) * METRES_PER_DEGREE
    return metres


def track_columns(
    number: NDArray[np.int64], second: NDArray[np.int64], lon: Floats, lat: Floats, speed: Floats
) -> TrackColumns:
    """Return positions in order, each with its step; an absent speed (NaN) follows from the step.

    Source: docs/adr/0311-tracks.md
    """
    order = np.lexsort([lat, lon, second, number])
    number, second, lon, lat, speed = number[order], second[order], lon[order], lat[order], speed[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = number[1:] != number[:-1]
    step = np.zeros(len(order))
    step[1:] = metres_apart(lon[:-1], lat[:-1], lon[1:], lat[1:])
    step[new] = np.inf
    spell = np.ones(len(order))
    spell[1:] = np.maximum(np.diff(second), 1)
    pace = step / spell * 3.6
    first = np.flatnonzero(new)
    follows = np.isin(first + 1, first) | (first + 1 >= len(order))
    pace[first] = np.where(follows, 0.0, pace[np.minimum(first + 1, len(order) - 1)])  # nothing comes before it
    speed = np.where(np.isnan(speed) | (speed < 0), pace, speed)
    return TrackColumns(number, second, lon, lat, speed, step, new)


def stops_of(track: TrackColumns, kmh: float, metres: float, minutes: float) -> list[StandingStill]:
    """Return every stay, by vehicle and time.

    Args:
        kmh: Up to which it stands. metres: Between positions of one stay. minutes: Of the shortest one.

    Source: docs/adr/0311-tracks.md
    """
    slow = track.speed <= kmh
    begins = track.new | (track.step > metres)
    begins[1:] |= slow[1:] != slow[:-1]
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(slow)) - 1
    if not len(slow):
        return []
    long = slow[starts] & (track.second[ends] - track.second[starts] >= minutes * 60)
    return [
        StandingStill(
            int(track.number[a]), int(track.second[a]), int(track.second[b]),
            float(np.median(track.lon[a : b + 1])), float(np.median(track.lat[a : b + 1])),
        )
        for a, b in zip(starts[long].tolist(), ends[long].tolist(), strict=True)
    ]  # fmt: skip


def metres_outside(x: Floats, y: Floats, fences: Sequence[shapely.Geometry]) -> Floats:
    """Return float64[places, fences]: metres from each place to each fence, 0 inside.

    Source: docs/adr/0311-tracks.md
    """
    points = shapely.points(x, y)
    found = np.empty((len(x), len(fences)))
    for column, fence in enumerate(fences):
        shapely.prepare(fence)
        near = shapely.get_coordinates(shapely.shortest_line(fence, points)).reshape(-1, 2, 2)[:, 0]
        found[:, column] = metres_apart(near[:, 0], near[:, 1], x, y)
    return found


def visits_of(track: TrackColumns, fences: Sequence[shapely.Geometry], margin: float, confirm: int) -> list[FenceVisit]:
    """Return every visit of a fence: begun by `confirm` positions inside, ended by as many beyond the margin.

    What lies between the fence and its margin changes nothing. A visit that is not ended lasts until the last position.

    Args:
        margin: Metres. confirm: Positions, at least 1.

    Source: DESIGN §14 (fences with hysteresis); docs/adr/0311-tracks.md
    """
    found: list[FenceVisit] = []
    for place, fence in enumerate(fences):
        near = _box(track, fence, margin)
        metres = np.full(len(track.lon), np.inf)
        if near.any():
            metres[near] = metres_outside(track.lon[near], track.lat[near], [fence])[:, 0]
        inside, outside = _confirmed(metres <= 0, track.new, confirm), _confirmed(metres > margin, track.new, confirm)
        found += _visits(track, place, metres <= 0, inside, outside | track.new & (metres > margin), confirm)
    return sorted(found, key=lambda each: (each.vehicle, each.first, each.fence))


def gaps_of(track: TrackColumns, minutes: float) -> list[SilentSpan]:
    """Return every span longer than some minutes in which a vehicle sent nothing. Source: docs/adr/0311-tracks.md."""
    places = np.flatnonzero(~track.new[1:] & (np.diff(track.second) > minutes * 60)) + 1
    return [
        SilentSpan(int(track.number[n]), int(track.second[n - 1]), int(track.second[n]), float(track.step[n]))
        for n in places.tolist()
    ]


def last_of(track: TrackColumns) -> list[int]:
    """Return the place of each vehicle's last position, in order of vehicles. Source: docs/adr/0311-tracks.md."""
    starts = np.flatnonzero(track.new)
    return (np.append(starts[1:], len(track.new)) - 1).tolist() if len(track.new) else []


def _box(track: TrackColumns, fence: shapely.Geometry, margin: float) -> NDArray[np.bool_]:
    west, south, east, north = fence.bounds
    more = margin / METRES_PER_DEGREE * 1.01
    wide = more / max(0.01, float(np.cos(np.radians((south + north) / 2))))
    near: NDArray[np.bool_] = (
        (track.lon >= west - wide) & (track.lon <= east + wide) & (track.lat >= south - more) & (track.lat <= north + more)
    )  # fmt: skip
    return near


def _confirmed(holds: NDArray[np.bool_], new: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Where something holds for the `count`-th time running, within one vehicle."""
    place = np.arange(len(holds))
    broken = np.maximum.accumulate(np.where(holds & ~new, -1, np.where(holds, place - 1, place)))
    found: NDArray[np.bool_] = holds & (place - broken == count)
    return found


def _visits(
    track: TrackColumns, fence: int, within: NDArray[np.bool_], enters: NDArray[np.bool_],
    leaves: NDArray[np.bool_], confirm: int,
) -> list[FenceVisit]:  # fmt: skip
    places = np.flatnonzero(enters | leaves | track.new)
    last_within = np.maximum.accumulate(np.where(within, np.arange(len(within)), -1))
    found: list[FenceVisit] = []
    begun = -1
    for place in [*places.tolist(), len(within)]:
        ends = place == len(within) or bool(track.new[place]) or bool(leaves[place])
        if begun >= 0 and ends:
            end = int(last_within[place - 1])
            found.append(FenceVisit(int(track.number[begun]), fence, int(track.second[begun]), int(track.second[end])))
            begun = -1
        if place < len(within) and enters[place] and begun < 0:
            begun = place - confirm + 1
    return found
