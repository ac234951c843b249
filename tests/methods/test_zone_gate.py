"""Permits against zones: vectors of the rule, random shapes against shapely one by one, what cannot be judged."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.insight.places.coordinates import from_wgs84
from tests.methods.running import by, run

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 3], [3, 3], [3, 1], [1, 1]]


def collection(*features: tuple[dict[str, Any], Any]) -> str:
    """GeoJSON of properties and shapes; shapes stand in hundredths of a degree from 116.00, 40.00."""
    return json.dumps(
        {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": said, "geometry": shape if isinstance(shape, dict) else shapely.geometry.mapping(shape)}
            for said, shape in features
        ]}
    )  # fmt: skip


def there(shape: Any) -> Any:
    return shapely.transform(shape, lambda at: at / 100 + (116, 40))


def area(*rings: list[list[int]]) -> Any:
    return there(shapely.Polygon(rings[0], rings[1:]))


def permit(number: str, shape: Any, discharges: bool = False, **more: Any) -> tuple[dict[str, Any], Any]:
    return {"permit": number, "discharges": discharges, **more}, shape


ONE = ({"zone": "k1", "level": "I"}, area(SQUARE, HOLE))
TWO = ({"zone": "k0", "level": "II"}, area([[4, 0], [8, 0], [8, 4], [4, 4], [4, 0]]))
WIDE = ({"zone": "k9", "level": "quasi"}, area([[8, 0], [12, 0], [12, 4], [8, 4], [8, 0]]))


def test_any_touch_counts_a_hole_is_outside_and_its_edge_is_not() -> None:
    points = {
        "inside": (0.5, 0.5), "hole": (2, 2), "hole_edge": (1, 2), "edge": (0, 2), "corner": (0, 4), "far": (20, 20),
        "shared": (4, 2), "second": (6, 2), "between": (8, 2), "quasi": (10, 2),
    }  # fmt: skip
    given_ = collection(*(permit(name, there(shapely.Point(at))) for name, at in points.items()))
    told, outcome = run("zone-gate", given_, collection(ONE, TWO, WIDE))
    assert by(told, "permit", "level") == {
        "inside": "I", "hole": "", "hole_edge": "I", "edge": "I", "corner": "I", "far": "", "shared": "I",
        "second": "II", "between": "II", "quasi": "",
    }  # fmt: skip
    assert by(told, "permit", "zones")["shared"] == "k0|k1"
    assert by(told, "permit", "quasi") | {} == {name: "k9" if name in ("between", "quasi") else "" for name in points}
    assert by(told, "permit", "decision")["quasi"] == "allow"
    assert outcome.facts["refuse"] == 5


@pytest.mark.parametrize(
    ("level", "discharges", "decision"),
    [("I", True, "refuse"), ("I", False, "refuse"), ("II", True, "refuse"), ("II", False, "review"), ("quasi", True, "allow")],
)  # fmt: skip
def test_the_decision_follows_level_and_discharge(level: str, discharges: bool, decision: str) -> None:
    zone = ({"zone": "z", "level": level}, area(SQUARE))
    inside = permit("p", area([[1, 1], [2, 1], [2, 2], [1, 1]]), discharges)
    told, _ = run("zone-gate", collection(inside), collection(zone))
    assert told[0]["decision"] == decision


def test_multipolygons_lines_and_areas_that_swallow_a_zone_touch_it() -> None:
    apart = there(shapely.MultiPolygon([shapely.box(50, 50, 51, 51), shapely.box(3.5, 3.5, 9, 3.6)]))
    around, pipe = there(shapely.box(-9, -9, 30, 30)), there(shapely.LineString([(-1, -1), (2, 2)]))
    given_ = collection(permit("apart", apart), permit("around", around), permit("pipe", pipe))
    told, _ = run("zone-gate", given_, collection(ONE, TWO))
    assert by(told, "permit", "zones") == {"apart": "k0|k1", "around": "k0|k1", "pipe": "k1"}


RINGS = st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 9)), min_size=3, max_size=6)


def hull(corners: list[tuple[int, int]]) -> Any:
    return there(shapely.MultiPoint(corners).convex_hull)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(RINGS, st.sampled_from(["I", "II"])), min_size=1, max_size=5),
    st.lists(RINGS, min_size=1, max_size=6),
)
def test_every_touch_is_that_of_every_pair(zones: list[tuple[Any, str]], permits: list[Any]) -> None:
    borders = [({"zone": f"z{n}", "level": level}, hull(ring)) for n, (ring, level) in enumerate(zones)]
    asked = [permit(f"p{n}", hull(ring), bool(n % 2)) for n, ring in enumerate(permits)]
    told, _ = run("zone-gate", collection(*asked), collection(*borders))
    for row, (said, shape) in zip(told, asked, strict=True):
        met = {(zone["zone"], zone["level"]) for zone, border in borders if shape.intersects(border)}
        assert row["zones"] == "|".join(sorted(zone for zone, _ in met))
        if any(level == "I" for _, level in met):
            assert row["decision"] == "refuse"  # nothing that touches level I is ever let through
        elif met:
            assert row["decision"] == ("refuse" if said["discharges"] else "review")


def test_coordinates_of_maps_are_brought_home_first() -> None:
    shifted = shapely.Point(from_wgs84(116.02, 40.005, "GCJ-02"))
    zone = ({"zone": "z", "level": "I"}, shapely.Point(116.02, 40.005).buffer(0.0005))
    told, _ = run(
        "zone-gate", collection(permit("plain", shifted), permit("said", shifted, crs="gcj02")), collection(zone)
    )
    assert by(told, "permit", "decision") == {"plain": "allow", "said": "refuse"}
    zone[0]["crs"] = "wgs84"
    told, _ = run("zone-gate", collection(permit("all", shifted)), collection(zone), crs="gcj02")
    assert told[0]["decision"] == "refuse"


def test_what_cannot_be_judged_is_rejected_and_never_allowed() -> None:
    bow = {"type": "Polygon", "coordinates": [[[116.2, 40], [116.3, 40.1], [116.3, 40], [116.2, 40.1], [116.2, 40]]]}
    good = there(shapely.Point(20, 20))
    asked = collection(
        permit("swapped", shapely.Point(40.0, 116.0)), permit("bow", bow), permit("twice", good), permit("twice", good, True),
        permit("same", good), permit("same", good), permit("lost", there(shapely.Point(25, 5))), permit("moon", good, crs="moon"),
        ({"permit": "silent"}, good), permit("good", good),
    )  # fmt: skip
    told, outcome = run("zone-gate", asked, collection(ONE, ({"zone": "bad", "level": "I"}, bow)))
    assert [row["permit"] for row in told] == ["good", "same"]
    said = {(each.file, each.row, each.field) for each in outcome.rejects}
    assert said == {
        ("input0.geojson", 1, "geometry"), ("input0.geojson", 2, "geometry"), ("input0.geojson", 3, "permit"),
        ("input0.geojson", 4, "permit"), ("input0.geojson", 6, "permit"), ("input0.geojson", 7, "geometry"),
        ("input0.geojson", 8, "crs"), ("input0.geojson", 9, "discharges"), ("input1.geojson", 2, "geometry"),
    }  # fmt: skip
    assert outcome.remarks
