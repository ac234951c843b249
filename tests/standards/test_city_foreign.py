"""Models of the city before programs of others: cjio, cityjson-lib and the official schema; py3dtiles and pyproj."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bihuan.standards.cityjson.encoding import BuiltThing
from bihuan.standards.tiles.meshes import corners_of
from bihuan.standards.tiles.tiling import INDEX, tiles_of, write_tiles
from bihuan.subjects.catalogue import subject_type
from tests.standards.conftest import PYTHON, SCRIPTS, ForeignClients
from tests.standards.test_cityjson import HOLE, SQUARE, building, encode

LIFT = building("L1", None, [116_300_100, 39_950_100], kind="lift", parent="B1")
PIPE = building("P1", None, {"type": "LineString", "positions": SQUARE[:3]}, kind="pipe")
FAR = [[lon + 30_000, lat] for lon, lat in SQUARE]
METRES = (400 * 85_393 / 1e6, 300 * 111_034 / 1e6)
"""Sides of the square: 400 and 300 millionths of a degree at 39.95° north."""


def blocks() -> list[BuiltThing]:
    holed = {"type": "Polygon", "positions": SQUARE, "holes": [HOLE]}
    far = {"type": "Polygon", "positions": FAR[::-1]}
    return [building(height="18.5", shape=holed), building("B2", shape=far), LIFT]


@pytest.mark.slow
def test_a_model_is_read_and_judged_by_others(tmp_path: Path, foreign: ForeignClients) -> None:
    path = tmp_path / "x.city.json"
    document = encode(*blocks(), PIPE)
    path.write_text(json.dumps(document, default=float), encoding="utf-8")
    schema = SCRIPTS / "schemas" / "cityjson.min.schema.json"
    told = foreign.python(
        "read_city", {"path": str(path), "schema": str(schema)}, proves="CityJSON 2.0",
        by=("cjio", "cityjson-lib", "jsonschema"),
    )  # fmt: skip
    assert told["faults"] == []
    assert told["cjio"][0] == "2.0"
    assert told["cjio"][2] == 4548
    assert told["vertices"][0] == told["vertices"][1], "no vertex twice, none that nothing uses"
    assert told["strict"][0] == len(document["CityObjects"]) == 4
    document["CityObjects"]["B1"]["type"] = "Castle"
    path.write_text(json.dumps(document, default=float), encoding="utf-8")
    faulty = foreign.python("read_city_schema", {"path": str(path), "schema": str(schema)}, proves="", by=())
    assert faulty["faults"], "the schema can say no"


@pytest.mark.slow
def test_the_official_validator_finds_nothing(tmp_path: Path, foreign: ForeignClients) -> None:
    """cjio asks cjval, whose Python package has no wheel for Linux under Python 3.13: skips where it is not there."""
    cjio = PYTHON.with_name("cjio")
    if subprocess.run([PYTHON, "-c", "import cjvalpy"], capture_output=True, check=False).returncode:
        pytest.skip("cjvalpy is not installed: it has wheels for macOS and Windows, else it is built by Rust's cargo")
    path = tmp_path / "x.city.json"
    path.write_text(json.dumps(encode(*blocks(), PIPE), default=float), encoding="utf-8")
    told = subprocess.run([cjio, str(path), "validate"], capture_output=True, text=True, check=False).stdout.lower()
    foreign.prove("CityJSON 2.0", "cjval", "by cjio")
    assert "valid" in told
    assert "error" not in told


@pytest.mark.slow
def test_a_tileset_lies_where_the_register_says(tmp_path: Path, foreign: ForeignClients) -> None:
    tiles = tiles_of(subject_type("twin-object"), [*blocks(), PIPE])
    assert tiles.left_out == {"L1": "no_body", "P1": "no_body"}
    write_tiles(tiles, tmp_path)
    told = foreign.python(
        "read_tiles", {"path": str(tmp_path / INDEX)}, proves="3D Tiles 1.1", by=("py3dtiles", "pygltflib", "pyproj")
    )
    assert told["refine"] == "ADD"
    assert len(told["tiles"]) == 2
    one, two = told["objects"]["B1"], told["objects"]["B2"]
    assert one["box"] == pytest.approx([116.3, 39.95, 116.3004, 39.9503, 50.0, 68.5], abs=2e-6)
    assert two["box"] == pytest.approx([116.33, 39.95, 116.3304, 39.9503, 50.0, 68.0], abs=2e-6)
    ground = METRES[0] * METRES[1]
    assert two["volume"] == pytest.approx(18 * ground, rel=2e-3), "seen from outside, closed"
    assert one["volume"] == pytest.approx(18.5 * ground * (1 - 1 / 24), rel=2e-3), "without its yard"
    assert one["told"]["name"] == "1号楼"
    assert sorted(half for _, half in told["tiles"]) == pytest.approx([9.0, 9.25], abs=0.01), "half as high as they are"
    again = tiles_of(subject_type("twin-object"), [PIPE, *blocks()[::-1]])
    assert again.files == tiles.files, "any order gives the same bytes"


@pytest.mark.parametrize(("height", "triangles"), [(0.0, 2), (18.0, 2 + 2 + 8)])
def test_triangles_of_a_block(height: float, triangles: int) -> None:
    found = corners_of({"type": "Polygon", "positions": SQUARE}, 50.0, height)
    assert found is not None
    assert len(found) == 3 * triangles
    assert {*found[:, 2]} == {50.0, 50.0 + height}


@pytest.mark.parametrize("shape", [[116_300_100, 39_950_100], {"type": "LineString", "positions": SQUARE[:3]}])
def test_what_has_no_body(shape: Any) -> None:
    assert corners_of(shape, 0.0, 3.0) is None


def test_an_empty_area_is_an_empty_tileset() -> None:
    told = json.loads(tiles_of(subject_type("twin-object"), [building("B1", str(Decimal(3)), [1, 2])]).files[INDEX])
    assert told["root"]["children"] == []
    assert told["asset"]["version"] == "1.1"
