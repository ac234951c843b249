"""CityJSON 2.0: blocks are closed, the projection is that of EPSG:4548, and a person is nowhere on geometry."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.fieldtype import NOBODY
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.standards.cityjson.encoding import BuiltThing, encode_city
from bihuan.standards.cityjson.grid import OutsideChina, project, zone_of
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import CellReader, match_columns
from bihuan.subjects.pure.impersonal import names_a_person
from bihuan.subjects.pure.types import read_type

DAY = date(2026, 3, 1)
SQUARE = [[116_300_000, 39_950_000], [116_300_400, 39_950_000], [116_300_400, 39_950_300], [116_300_000, 39_950_300],
          [116_300_000, 39_950_000]]  # fmt: skip
HOLE = [[116_300_100, 39_950_100], [116_300_200, 39_950_100], [116_300_200, 39_950_200], [116_300_100, 39_950_100]]


def building(key: str = "B1", height: str | None = "18", shape: Any = None, **more: Any) -> BuiltThing:
    values = {"number": key, "name": "1号楼", "kind": "building", "height": height, "base": "50", "floors": 6,
              "shape": shape or {"type": "Polygon", "positions": SQUARE}}  # fmt: skip
    return BuiltThing(key, values | more)


def encode(*things: BuiltThing) -> dict[str, Any]:
    return encode_city(subject_type("twin-object"), things, DAY, "test").document


def faces(document: dict[str, Any], key: str) -> list[list[list[int]]]:
    found: list[list[list[int]]] = document["CityObjects"][key]["geometry"][0]["boundaries"][0]
    return found


def volume(document: dict[str, Any], key: str) -> float:
    """By the divergence theorem: fans of every ring, holes against the sense of their face."""
    points = document["vertices"]
    total = 0
    for face in faces(document, key):
        for ring in face:
            a = points[ring[0]]
            for b, c in pairwise(ring[1:]):
                p, q = points[b], points[c]
                total += (a[0] * (p[1] * q[2] - p[2] * q[1]) - a[1] * (p[0] * q[2] - p[2] * q[0])
                          + a[2] * (p[0] * q[1] - p[1] * q[0]))  # fmt: skip
    return total / 6 / 1e9


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("holes", [[], [HOLE]])
def test_a_block_is_closed_and_has_its_volume(holes: list[Any], turned: bool) -> None:
    positions = SQUARE[::-1] if turned else SQUARE
    document = encode(building(shape={"type": "Polygon", "positions": positions, "holes": holes}))
    edges = Counter((a, b) for face in faces(document, "B1") for ring in face
                    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))  # fmt: skip
    assert all(count == 1 and edges[b, a] == 1 for (a, b), count in edges.items()), "each edge once in each direction"

    def area(ring: list[list[int]]) -> float:
        at = [project(lon / 1e6, lat / 1e6, 117) for lon, lat in ring]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(at))) / 2

    want = 18 * (area(SQUARE) - sum(area(hole) for hole in holes))
    assert volume(document, "B1") == pytest.approx(want, rel=1e-3)


@given(st.floats(73.6, 134.9), st.floats(18.0, 53.5))
def test_the_projection_keeps_distances_along_its_meridian(lon: float, lat: float) -> None:
    meridian, code = zone_of(lon)
    assert 4534 <= code <= 4554
    east, north = project(lon, lat, meridian)
    west = project(2 * meridian - lon, lat, meridian)
    assert east - 500_000 == pytest.approx(500_000 - west[0], abs=1e-5), "the zone is alike on both sides"
    assert north == pytest.approx(west[1], abs=1e-5)


def test_known_lengths_of_the_meridian() -> None:
    assert zone_of(116.3) == (117, 4548)
    assert project(117, 0, 117) == pytest.approx((500_000, 0), abs=1e-6)
    assert project(117, 90, 117)[1] == pytest.approx(10_001_965.729, abs=0.01), "the quarter of CGCS2000's meridian"
    assert project(117, 45, 117)[1] == pytest.approx(4_984_944.378, abs=0.01)
    with pytest.raises(OutsideChina):
        zone_of(10.0)


def test_parts_know_their_parents_and_attributes_are_those_declared() -> None:
    lift = building("L1", None, [116_300_100, 39_950_100], kind="lift", parent="B1")
    alone = building("L2", None, [116_300_100, 39_950_100], kind="lift", parent="GONE")
    document = encode(lift, building(), alone)
    objects = document["CityObjects"]
    assert objects["L1"]["parents"] == ["B1"]
    assert objects["B1"]["children"] == ["L1"]
    assert objects["L2"]["type"] == "OtherConstruction", "a part without its whole stands alone"
    declared = set(subject_type("twin-object").city.attributes)  # type: ignore[union-attr]
    for each in objects.values():
        assert set(each.get("attributes", {})) <= declared
        assert each["type"] in {"Building", "BuildingInstallation", "OtherConstruction"}
    assert document["metadata"]["referenceSystem"].endswith("/4548")
    assert json.dumps(encode(building(), alone, lift)) == json.dumps(document), "any order gives the same bytes"


def test_what_slipped_through_is_left_out() -> None:
    found = encode_city(subject_type("twin-object"), [building(name="王某 13900001234"), building("B2")], DAY, "")
    assert found.left_out == {"B1": "person"}
    assert list(found.document["CityObjects"]) == ["B2"]


@pytest.mark.parametrize(
    ("text", "person"),
    [("13900001234", True), ("王某 139 0000 1234", True), ("+86-13900001234", True), ("11010519491231002X", True),
     ("110105194912310021", False), ("1390栋", False), ("第13800000号院", False), ("2139000012345", False)],
)  # fmt: skip
def test_who_is_a_person(text: str, person: bool) -> None:
    assert names_a_person(text) is person


def test_a_value_that_names_a_person_is_refused_at_the_door_and_not_repeated() -> None:
    kind = subject_type("twin-object")
    columns = ["number", "name", "kind"]
    reader = CellReader(kind, match_columns(kind, columns), NOBODY)
    cells = {"number": ["B1", "B2"], "name": ["3号楼 13900001234", "4号楼"], "kind": ["building", "building"]}
    rows, rejected = reader.read([2, 3], cells)
    assert [row.key for row in rows] == ["B2"]
    assert [(each.line, each.field, each.value) for each in rejected] == [(2, "name", "")]


TYPE = """
id: built
edition: "1"
name: {zh: 物, en: Thing}
about: {zh: 物, en: things}
key: number
geometry: shape
city: {kind: kind, objects: {house: Building}, height: height}
fields:
  number: {type: code, required: true, name: {zh: 号, en: Number}}
  kind: {type: choice, name: {zh: 类, en: Kind}, choices: [{code: house, zh: 屋, en: House}]}
  shape: {type: geometry, name: {zh: 形, en: Shape}}
  height: {type: decimal, name: {zh: 高, en: Height}}
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  owner: {type: text, personal: true, name: {zh: 主, en: Owner}}\n", "'owner' says something of a person"),
        ("  plan: {type: text, secret: true, name: {zh: 图, en: Plan}}\n", "'plan' says something of a person"),
        ("  plate: {type: plate, personal: true, name: {zh: 牌, en: Plate}}\n", "'plate' says something of a person"),
    ],
)
def test_a_person_has_no_place_on_geometry(tmp_path: Path, more: str, said: str) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(TYPE, encoding="utf-8")
    bad.write_text(TYPE + more, encoding="utf-8")
    assert read_type(Document(good)).city is not None
    with pytest.raises(DeclarationError) as refused:
        read_type(Document(bad))
    assert said in str(refused.value)
