"""Tracks: stops, visits with hysteresis, gaps, last positions; against a loop over positions."""

from __future__ import annotations

import json

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.tracks import gaps_of, stops_of, track_columns, visits_of
from tests.methods.running import run

STEP = 1 / 111_195
FENCE = shapely.box(-100 * STEP, -100 * STEP, 100 * STEP, 100 * STEP)
HEAD = "plate,time,lon,lat,speed_kmh\n"


def columns(east: list[float], vehicles: list[int] | None = None, seconds: list[int] | None = None) -> object:
    """Positions along the equator, metres east of the middle of the fence."""
    size = len(east)
    return track_columns(
        np.array(vehicles or [0] * size), np.array(seconds or [60 * n for n in range(size)]), np.array(east) * STEP,
        np.zeros(size), np.full(size, np.nan),
    )  # fmt: skip


def walked(east: list[float], margin: float, confirm: int) -> list[tuple[int, int]]:
    """The same visits, told by a loop."""
    found, inside, runs = [], False, [0, 0]
    first = last = -1
    for place, metres in enumerate(east):
        within, beyond = abs(metres) <= 100, abs(metres) - 100 > margin
        runs = [runs[0] + 1 if within else 0, runs[1] + 1 if beyond else 0]
        if inside and runs[1] == confirm:
            found.append((first * 60, last * 60))
            inside = False
        if within:
            last = place
        if not inside and runs[0] == confirm:
            inside, first = True, place - confirm + 1
    return found + ([(first * 60, last * 60)] if inside else [])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([0.0, 60.0, 120.0, 300.0]), min_size=1, max_size=14), st.integers(1, 3))
def test_visits_are_those_of_a_loop(east: list[float], confirm: int) -> None:
    told = visits_of(columns(east), [FENCE], 40, confirm)  # type: ignore[arg-type]
    assert [(each.first, each.last) for each in told] == walked(east, 40, confirm)


def test_a_vehicle_does_not_go_on_with_the_visit_of_another() -> None:
    told = visits_of(columns([0, 0, 300, 0, 0], [0, 0, 1, 1, 1], [0, 60, 0, 60, 120]), [FENCE], 40, 2)  # type: ignore[arg-type]
    assert [(each.vehicle, each.first, each.last) for each in told] == [(0, 0, 60), (1, 60, 120)]


def test_the_last_stop_counts_and_a_gap_is_neither_stop_nor_move() -> None:
    track = columns([0, 0, 0, 0, 0, 2000, 2000], seconds=[0, 60, 120, 180, 240, 5000, 5300])
    assert [(each.first, each.last) for each in stops_of(track, 3, 120, 4)] == [(0, 240), (5000, 5300)]  # type: ignore[arg-type]
    assert [(each.first, each.last, round(each.metres)) for each in gaps_of(track, 10)] == [(240, 5000, 2000)]  # type: ignore[arg-type]


def test_the_command_tells_all_of_it() -> None:
    at = [f"2026-09-14T06:{minute:02}:00+08:00" for minute in (0, 1, 2, 3, 4, 20, 21)]
    rows = [f"p,{time},116.2,40.0,0" for time in at[:5]] + [f"p,{time},116.3,40.0,30" for time in at[5:]]
    ring = [[116.199, 39.999], [116.201, 39.999], [116.201, 40.001], [116.199, 40.001], [116.199, 39.999]]
    site = {"type": "Feature", "properties": {"site": "pit"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    sites = json.dumps({"type": "FeatureCollection", "features": [site]})
    told, outcome = run("tracks", HEAD + "\n".join(rows), sites, shuffle=3)
    assert [(row["what"], row["from"][11:16], row["to"][11:16], row["site"]) for row in told] == [
        ("stop", "06:00", "06:04", ""), ("visit", "06:00", "06:04", "pit"), ("gap", "06:04", "06:20", ""),
        ("last", "06:21", "06:21", ""),
    ]  # fmt: skip
    assert outcome.facts["coverage_percent"] == "23.8"
    early, _ = run("tracks", HEAD + "\n".join(rows), sites, at=at[3])
    assert early[-1]["what"] == "last"
    assert early[-1]["from"][11:16] == "06:03"
