"""Days of trucks as positions: loading, driving, standing, dumping; what a terminal on board would have sent.

A truck drives straight at a steady speed with a fix each minute; positions scatter by a few metres. Source: sample.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

METRES = 111_195.0
KMH = 34.0
HALF = 0.0011
"""Half the side of a site, degrees."""
Point = tuple[float, float]


def metres_between(a: Point, b: Point) -> float:
    """Metres between two places, on the sphere."""
    east = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, b[1] - a[1]) * METRES


def beside(a: Point, b: Point, share: float, metres: float) -> Point:
    """A place at a share of the way from a to b, so many metres to its left."""
    length = metres_between(a, b) or 1.0
    shrink = math.cos(math.radians((a[1] + b[1]) / 2))
    east, north = (b[0] - a[0]) * shrink * METRES / length, (b[1] - a[1]) * METRES / length
    x, y = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
    return x - north * metres / METRES / shrink, y + east * metres / METRES


def square(place: Point) -> list[list[float]]:
    """The ring of a site around a place, closed."""
    corners = ((-HALF, -HALF), (HALF, -HALF), (HALF, HALF), (-HALF, HALF), (-HALF, -HALF))
    return [[place[0] + east, place[1] + north] for east, north in corners]


@dataclass
class Journey:
    """One truck on one day.

    Args:
        plate: Of the truck. at: Where it is. now: When. phase: Of the scatter, drawn once.
    """

    plate: str
    at: Point
    now: datetime
    phase: float
    fixes: list[dict[str, Any]] = field(default_factory=list)

    def _fix(self, speed: float) -> None:
        turn = len(self.fixes) * 2.4 + self.phase
        lon, lat = self.at[0] + 6e-5 * math.sin(turn), self.at[1] + 4e-5 * math.cos(turn * 1.7)
        self.fixes.append({
            "plate": self.plate, "time": self.now.isoformat(), "lon": f"{lon:.6f}", "lat": f"{lat:.6f}",
            "speed_kmh": f"{speed:.1f}",
        })  # fmt: skip

    def stand(self, minutes: int) -> datetime:
        """Stand still; returns when it drove on."""
        for _ in range(minutes):
            self._fix(0.0)
            self.now += timedelta(minutes=1)
        return self.now

    def drive(self, to: Point, kmh: float = KMH) -> datetime:
        """Drive straight; returns the arrival."""
        start, minutes = self.at, max(2, math.ceil(metres_between(self.at, to) / (kmh * 1000 / 60)))
        for minute in range(1, minutes + 1):
            self.at = (
                start[0] + (to[0] - start[0]) * minute / minutes, start[1] + (to[1] - start[1]) * minute / minutes
            )  # fmt: skip
            self.now += timedelta(minutes=1)
            if minute < minutes:
                self._fix(kmh)
        return self.now

    def crawl(self, to: Point, minutes: int) -> datetime:
        """Creep through a jam: always moving, never fast."""
        way = beside(self.at, to, min(0.9, minutes * 100 / max(1.0, metres_between(self.at, to))), 0)
        return self.drive(way, kmh=metres_between(self.at, way) / 1000 / minutes * 60)
