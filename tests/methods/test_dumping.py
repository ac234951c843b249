"""Suspected dumps: one is found, the look-alikes are left alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from tests.methods.running import run

PLACES = {"dig": (116.20, 40.00), "yard": (116.30, 40.00), "home": (116.20, 40.05), "pump": (116.25, 40.00)}
KINDS = {"dig": "source", "yard": "yard", "home": "depot", "pump": "fuel"}
FIELD, ROAD = (116.25, 40.04), (116.25, 40.01)


def _sites() -> str:
    features = []
    for name, (x, y) in PLACES.items():
        ring = [
            [x - 0.001, y - 0.001],
            [x + 0.001, y - 0.001],
            [x + 0.001, y + 0.001],
            [x - 0.001, y + 0.001],
            [x - 0.001, y - 0.001],
        ]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"site": name, "kind": KINDS[name]}, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features})


def _track(plate: str, *legs: tuple[object, int]) -> list[str]:
    """Drive to each place and stand there for so many minutes."""
    at, here, lines = datetime.fromisoformat("2026-09-14T06:00:00+08:00"), PLACES["home"], []
    for place, minutes in legs:
        goal = PLACES[place] if isinstance(place, str) else place
        for step in range(1, 9):
            at += timedelta(minutes=1)
            x, y = (a + (b - a) * step / 9 for a, b in zip(here, goal, strict=True))  # type: ignore[misc]
            lines.append(f"{plate},{at.isoformat()},{x:.6f},{y:.6f},40")
        for _ in range(minutes):
            at += timedelta(minutes=1)
            lines.append(f"{plate},{at.isoformat()},{goal[0]:.6f},{goal[1]:.6f},0")  # type: ignore[index]
        here = goal  # type: ignore[assignment]
    return lines


def test_a_dump_is_found_and_honest_stops_are_not() -> None:
    lines = [
        *_track("dump", ("dig", 10), (FIELD, 8), ("dig", 10), ("yard", 10)),
        *_track("lunch", ("dig", 10), (ROAD, 30), ("yard", 10), ("home", 20)),
        *_track("fuel", ("dig", 10), ("pump", 10), ("yard", 10), ("home", 20)),
        *_track("rest", ("dig", 10), ("yard", 10), (FIELD, 30), ("dig", 10), ("yard", 9)),
        *_track("home", ("dig", 10), (FIELD, 8), ("home", 30)),
        *_track("open", ("dig", 10), (FIELD, 8)),
    ]
    rows, _ = run("dumping", "plate,time,lon,lat,speed_kmh\n" + "\n".join(lines), _sites(), shuffle=7)
    assert [row["plate"] for row in rows] == ["dump", "home"], "an open end is not judged"
    assert (rows[0]["lon"], rows[0]["lat"], rows[0]["source"]) == ("116.250000", "40.040000", "dig")
    without = [line.rsplit(",", 1)[0] + "," for line in lines]
    again, _ = run("dumping", "plate,time,lon,lat,speed_kmh\n" + "\n".join(without), _sites())
    assert [row["plate"] for row in again] == ["dump", "home"], "speeds are worked out where they are missing"
