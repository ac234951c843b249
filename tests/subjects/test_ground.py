"""Shapes in metres, chainage, coverage by a track, zones with holes, directed networks."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.subjects.pure import shapes
from bihuan.subjects.pure.ground import Alignment, Ground, cell, distance, touches
from bihuan.subjects.pure.network import Network

HOME = (116_300_000, 39_950_000)
PLACES = st.tuples(st.integers(116_050_000, 116_400_000), st.integers(39_870_000, 40_160_000))


def haversine(one: tuple[int, int], two: tuple[int, int]) -> float:
    (lon1, lat1), (lon2, lat2) = ((math.radians(lon / 1e6), math.radians(lat / 1e6)) for lon, lat in (one, two))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


@given(PLACES, PLACES)
def test_a_distance_is_that_on_the_sphere_within_a_district(one: tuple[int, int], two: tuple[int, int]) -> None:
    assert distance(one, two) == pytest.approx(haversine(one, two), rel=1e-4, abs=0.05)


@given(st.lists(PLACES, min_size=2, max_size=6, unique=True), st.floats(0, 1))
def test_a_place_on_a_line_is_at_its_chainage(positions: list[tuple[int, int]], share: float) -> None:
    line = Alignment(positions, start=1000)
    along = 1000 + share * line.length
    back, away = line.chainage(line.at(along))
    assert away < 0.2, "a millionth of a degree is a decimetre"
    assert back == pytest.approx(along, abs=0.3) or line.at(back) == pytest.approx(line.at(along), abs=2), (
        "it may cross"
    )
    with pytest.raises(ValueError, match="outside"):
        line.at(999)


def east(metres: float, north: float = 0) -> tuple[int, int]:
    return Ground(HOME).position(metres, north)


def test_what_lies_between_two_monitors_is_told_in_order() -> None:
    line = Alignment([east(0), east(1000)])
    outlets = [("c", east(600, 10)), ("a", east(200, -5)), ("far", east(300, 80)), ("behind", east(900))]
    assert line.between(outlets, 700, 100, within=20) == ["a", "c"]


def test_a_track_covers_what_it_passed_and_nothing_else() -> None:
    line = Alignment([east(0), east(1000)])
    assert line.covered([], 20) == []
    ((first, last),) = line.covered([east(100, 10), east(400, 10)], 20)
    assert (first, last) == (pytest.approx(82.7, abs=0.5), pytest.approx(417.3, abs=0.5))
    twice = line.covered([east(100, 5), east(300, 5), east(300, 500), east(700, 500), east(700, 5), east(800, 5)], 20)
    assert len(twice) == 2
    assert line.share_covered([east(-50), east(1050)], 20) == pytest.approx(1)
    assert line.share_covered([east(0, 500), east(1000, 500)], 20) == 0


@given(st.lists(st.tuples(st.integers(-200, 1200), st.integers(-60, 60)), min_size=1, max_size=6))
def test_the_covered_share_is_that_of_points_along_the_line(track: list[tuple[int, int]]) -> None:
    line = Alignment([east(0), east(400, 40), east(1000)])
    positions = [east(x, y) for x, y in track]
    stretches = line.covered(positions, 30)
    ground = Ground.around(positions)
    points = [ground.metres(each) for each in positions]

    def near(at: float) -> float:
        x, y = ground.metres(line.at(at))
        pairs = list(pairwise(points)) or [(points[0], points[0])]
        return min(_to_segment((x, y), a, b) for a, b in pairs)

    for step in range(0, 41):
        at = line.length * step / 40
        covered = any(first - 0.01 <= at <= last + 0.01 for first, last in stretches)
        if abs(near(at) - 30) > 0.5:
            assert covered == (near(at) < 30), at


def _to_segment(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    t = 0 if not length else max(0, min(1, ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / length))
    return math.hypot(p[0] - a[0] - t * (b[0] - a[0]), p[1] - a[1] - t * (b[1] - a[1]))


def ring(size: float) -> list[list[int]]:
    corners = [(-size, -size), (size, -size), (size, size), (-size, size), (-size, -size)]
    return [list(east(x, y)) for x, y in corners]


def test_any_touch_of_a_zone_counts_and_the_inside_of_its_hole_is_outside() -> None:
    zone: dict[str, Any] = {"type": "Polygon", "positions": ring(100), "holes": [ring(50)]}
    assert touches(zone, list(east(75, 0)))
    assert not touches(zone, list(east(0, 0))), "in the hole"
    assert not touches(zone, list(east(101, 0)))
    assert touches(zone, ring(100)[0]), "a corner"
    assert touches(zone, {"type": "LineString", "positions": [list(east(0, 0)), list(east(60, 0))]})
    assert not touches(zone, {"type": "Polygon", "positions": ring(40)}), "an area wholly in the hole"


def test_geojson_goes_in_and_comes_out_with_its_holes() -> None:
    zone = {"type": "Polygon", "positions": ring(100), "holes": [ring(50)]}
    assert shapes.from_geojson(shapes.to_geojson(zone)) == zone
    with pytest.raises(shapes.ShapeError):
        shapes.from_geojson({"type": "Polygon"})
    with pytest.raises(shapes.ShapeError, match="several parts"):
        shapes.from_geojson({"type": "MultiPolygon", "coordinates": [[], []]})


def test_a_cell_is_that_of_the_library() -> None:
    assert cell((-122_388_903, 37_769_377), 9) == "89283082e73ffff", "the example of the h3 documentation"


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16)


def plain_reach(edges: list[tuple[int, int]], node: int) -> set[int]:
    """Where one comes to in one step or more."""
    found = {b for a, b in edges if a == node}
    while True:
        grown = found | {b for a, b in edges if a in found}
        if grown == found:
            return found
        found = grown


@given(EDGES, st.integers(0, 7), st.integers(0, 7))
def test_a_network_equals_the_plain_walk(edges: list[tuple[int, int]], upper: int, lower: int) -> None:
    network, back = Network(edges), [(b, a) for a, b in edges]
    assert network.downstream(upper) == plain_reach(edges, upper)
    assert network.upstream(upper) == plain_reach(back, upper)
    down = plain_reach(edges, upper) | {upper}
    way = lower in down
    assert network.between(upper, lower) == ((down & (plain_reach(back, lower) | {lower})) if way else set())
    cut = [(a, b) for a, b in edges if a != upper or upper == lower]
    expected = plain_reach([(b, a) for a, b in cut], lower) | {lower}
    if upper != lower:
        assert network.contributing([upper], lower) == expected - {upper}
    on_circles = {node for node in range(8) if node in plain_reach(edges, node)}
    assert set().union(*network.circles()) == on_circles
