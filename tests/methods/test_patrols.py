"""Patrols: covered lengths beside shapely's buffers, verdicts in their order, replays, datums, bad rows."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.insight.places.coordinates import from_wgs84
from bihuan.methods.parts.along import covered_length, distances_to, length_of, metres_of
from tests.methods.running import by, run

HEAD = "track,reach,time,lon,lat\n"
REACH = [(116.2, 40.0), (116.22, 40.0)]
LINES = json.dumps({
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"reach": "r"}, "geometry": {"type": "LineString", "coordinates": REACH}}],
})  # fmt: skip
places = st.tuples(st.integers(-300, 300), st.integers(-300, 300))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(places, min_size=2, max_size=6, unique=True), st.lists(places, min_size=1, max_size=12),
    st.sampled_from([1.0, 20.0, 80.0]),
)  # fmt: skip
def test_covered_length_is_that_of_the_buffer(
    line: list[tuple[int, int]], track: list[tuple[int, int]], within: float
) -> None:
    a, b = np.array(line, dtype=float), np.array(track, dtype=float)
    shape = shapely.LineString(b) if len(b) > 1 else shapely.Point(*b[0])
    # GEOS may fill what a closed line goes round; the buffers of its parts leave it out.
    parts = [shapely.LineString(pair) for pair in pairwise(b)] or [shape]
    area = shapely.union_all([part.buffer(within, quad_segs=64) for part in parts])
    want = sum(shapely.LineString([p, q]).intersection(area).length for p, q in pairwise(a))
    assert math.isclose(covered_length(a, b, within), want, rel_tol=0.002, abs_tol=0.5 + 0.02 * within)
    points = [shapely.Point(*each) for each in b]
    assert np.allclose(distances_to(b, a), [shapely.LineString(a).distance(each) for each in points])


def walk(
    name: str, east: list[float], seconds: int = 60, first: int = 0, north: float = 0.0, crs: str = ""
) -> list[str]:
    """Fixes at metres along the reach."""
    rows = []
    for n, metres in enumerate(east):
        lon, lat = 116.2 + metres / 85_395, 40.0 + north / 111_035
        if crs:
            lon, lat = from_wgs84(lon, lat, crs)
        at = first + n * seconds
        rows.append(
            f"{name},r,2025-09-{3 + at // 86_400:02}T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}+08:00,{lon:.7f},{lat:.7f}"
        )
    return rows


def verdicts(*tracks: list[str], **options: object) -> dict[str, str]:
    """Verdict of each track."""
    text = HEAD + "\n".join(row for track in tracks for row in track)
    return by(run("patrol-coverage", text, LINES, shuffle=3, **options)[0], "track", "verdict")


WHOLE = [n * 90.0 for n in range(20)]


def test_one_verdict_the_first_that_applies() -> None:
    again = [metres + 2.9 for metres in WHOLE]
    told = verdicts(
        walk("a", WHOLE), walk("b", again, first=7200), walk("c", [m + 3.5 for m in WHOLE], first=9000), walk("fast", [m + 40 for m in WHOLE], 10, 20_000),
        walk("far", WHOLE, 60, 30_000, 60), walk("brief", WHOLE[:8], 60, 40_000), walk("part", WHOLE[:14], 60, 50_000),
        walk("again", again, 60, 60_000),
    )  # fmt: skip
    assert told == {
        "a": "valid", "b": "replayed", "c": "valid", "fast": "too_fast", "far": "outside", "brief": "too_brief", "part": "short",
        "again": "replayed",
    }  # fmt: skip


def test_what_was_no_patrol_is_nothing_to_replay_and_options_decide() -> None:
    assert verdicts(walk("a", WHOLE[:14]), walk("b", WHOLE[:14], first=7200)) == {"a": "short", "b": "short"}
    assert verdicts(walk("a", WHOLE[:14]), min_share="0.5") == {"a": "valid"}
    assert verdicts(walk("a", WHOLE, 60, 0, 60), buffer_m="80") == {"a": "valid"}


def test_other_datums() -> None:
    shifted = walk("s", WHOLE, crs="GCJ-02")
    rows, _ = run("patrol-coverage", HEAD + "\n".join(shifted), LINES)
    assert (rows[0]["verdict"], rows[0]["datum"]) == ("outside", "gcj02"), "said, and not repaired by itself"
    assert verdicts(shifted, crs="gcj02") == {"s": "valid"}
    tagged = [f"{row},bd09" for row in walk("s", WHOLE, crs="BD-09")]
    rows, _ = run("patrol-coverage", HEAD.strip() + ",crs\n" + "\n".join(tagged), LINES)
    assert rows[0]["verdict"] == "valid"


def test_wrong_rows() -> None:
    text = HEAD + "\n".join(
        ["a,x,2025-09-03T07:00:00+08:00,116.2,40", "b,r,soon,116.2,40", "c,r,2025-09-03T07:00:00+08:00,116.2,140"]
    )
    _, outcome = run("patrol-coverage", text, LINES)
    assert sorted((each.row, each.field) for each in outcome.rejects) == [(2, "reach"), (3, "time"), (4, "lon")]


def test_metres_are_those_of_the_ellipsoid() -> None:
    line = metres_of(np.array([(116.0, 40.0), (117.0, 40.0)]), (116.5, 40.0))
    assert abs(length_of(line) - 85_394) < 3
    line = metres_of(np.array([(116.0, 39.5), (116.0, 40.5)]), (116.0, 40.0))
    assert abs(length_of(line) - 111_035) < 5
