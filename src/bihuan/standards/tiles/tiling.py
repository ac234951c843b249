"""Objects of a day as a tileset: a tile for each cell that has some, its content beside `tileset.json`.

Source: OGC 22-025r4, 3D Tiles 1.1 §6; docs/adr/0376-tiles.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h3
import numpy as np

from bihuan.standards.cityjson.encoding import BuiltThing, things_kept
from bihuan.standards.tiles.earth import Doubles, frame_at, to_frame, to_globe
from bihuan.standards.tiles.meshes import ObjectMesh, corners_of, glb_of
from bihuan.subjects.pure.types import SubjectType

CELL, COARSE = 9, 200.0
"""Resolution of cells; metres by which the picture is wrong while a tile is not shown."""
INDEX = "tileset.json"


class WrittenTiles(NamedTuple):
    """Files by name, and the keys of what was left out with the reason (`no_body`, or as of the model of the city)."""

    files: dict[str, bytes]
    left_out: dict[str, str]
    objects: int


def tiles_of(kind: SubjectType, things: Sequence[BuiltThing]) -> WrittenTiles:
    """Return the tileset of what stands there; the same subjects give the same bytes.

    Args:
        kind: A type that declares `city`. things: In any order.

    Source: OGC 22-025r4 §6.
    """
    city = kind.city
    assert city is not None
    kept, left_out = things_kept(kind, city, things)
    cells = defaultdict[str, list[ObjectMesh]](list)
    for each in kept:
        values = each.values
        base, height = (float(values.get(name or "") or 0) for name in (city.base, city.height))
        corners = corners_of(values[str(kind.geometry)], base, height)
        if corners is None:
            left_out[each.key] = "no_body"
            continue
        told = {name: values[name] for name in (city.kind, *city.attributes) if values.get(name) is not None}
        lon, lat = corners[0, 0], corners[0, 1]
        cells[h3.latlng_to_cell(lat, lon, CELL)].append(ObjectMesh(each.key, told, corners))
    files: dict[str, bytes] = {}
    children = [_tile(cell, found, files) for cell, found in sorted(cells.items())]
    globe = [to_globe(*each.corners.T) for found in cells.values() for each in found]
    whole = _box(np.concatenate(globe)) if globe else [0.0] * 12
    document = {
        "asset": {"version": "1.1", "generator": "bihuan"}, "geometricError": COARSE * 4,
        "root": {
            "boundingVolume": {"box": whole}, "geometricError": COARSE, "refine": "ADD", "children": children,
        },
    }  # fmt: skip
    files[INDEX] = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return WrittenTiles(files, left_out, sum(map(len, cells.values())))


def write_tiles(tiles: WrittenTiles, folder: Path) -> None:
    """Write a tileset into a folder; the index last, so that it never names what is not there.

    Source: docs/adr/0376-tiles.md.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tiles.files.items():
        part = folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def _tile(cell: str, meshes: Sequence[ObjectMesh], files: dict[str, bytes]) -> dict[str, Any]:
    lat, lon = h3.cell_to_latlng(cell)
    frame = frame_at(lon, lat)
    places = [to_frame(to_globe(*each.corners.T), frame).astype(np.float32) for each in meshes]
    files[f"{cell}.glb"] = glb_of(meshes, places)
    return {
        "boundingVolume": {"box": _box(np.concatenate(places))}, "geometricError": 0.0,
        "transform": frame.T.flatten().tolist(), "content": {"uri": f"{cell}.glb"},
    }  # fmt: skip


def _box(places: Doubles) -> list[float]:
    """The middle and three half axes of a box along the axes. Source: OGC 22-025r4 §6.7.1.4.2."""
    low, high = places.min(axis=0).astype(float), places.max(axis=0).astype(float)
    middle, half = (low + high) / 2, (high - low) / 2
    return [*middle.tolist(), half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]
