"""A shape and a height as triangles, and triangles as binary glTF 2.0: up is the second axis, as glTF has it.

Source: Khronos glTF 2.0 §3.6, §3.7, §4.4 (GLB).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

E6 = 1_000_000
FLOATS, TRIANGLES, VERTICES = 5126, 4, 34962
_JSON, _BINARY = 0x4E4F534A, 0x004E4942


class ObjectMesh(NamedTuple):
    """The triangles of an object.

    Args:
        key: Of the subject. told: What is said of it. corners: Degrees and metres, shape (3 × triangles, 3), each
            triangle seen from outside against the clock.
    """

    key: str
    told: Mapping[str, Any]
    corners: NDArray[np.float64]


def corners_of(shape: Any, base: float, height: float) -> NDArray[np.float64] | None:
    """Return the corners of the triangles of an area, of its block where it has a height; None for lines and points.

    Args:
        shape: Polygon with positions in millionths of a degree. base, height: Metres.

    Source: Khronos glTF 2.0 §3.7.2 (triangles); L. P. Chew (1989), constrained Delaunay triangulation, by GEOS.
    """
    if isinstance(shape, list) or shape["type"] != "Polygon":
        return None
    rings = [_turned(np.asarray(ring, dtype=np.float64) / E6, left=n == 0)
             for n, ring in enumerate([shape["positions"], *shape.get("holes", ())])]  # fmt: skip
    flat = shapely.constrained_delaunay_triangles(shapely.Polygon(rings[0], rings[1:]))
    roof = np.array([_turned(np.asarray(each.exterior.coords), left=True)[:3] for each in flat.geoms]).reshape(-1, 2)
    if not len(roof):
        return None
    parts = [_raised(roof, base + height)]
    if height > 0:
        parts.append(_raised(roof.reshape(-1, 3, 2)[:, ::-1].reshape(-1, 2), base))
        parts += [_wall(ring, base, base + height) for ring in rings]
    return np.concatenate(parts)


def glb_of(meshes: Sequence[ObjectMesh], places: Sequence[NDArray[np.float32]]) -> bytes:
    """Return objects as one binary glTF, a node for each with its key and what is said of it.

    Args:
        meshes: The objects. places: Of each the corners as east, north, up in metres.

    Source: Khronos glTF 2.0 §4.4; OGC 22-025r4 §7.4 (glTF is turned from up-y to up-z by who draws it).
    """
    chunks, views, accessors, nodes, start = list[bytes](), list[Any](), list[Any](), list[Any](), 0
    for number, (mesh, at) in enumerate(zip(meshes, places, strict=True)):
        turned = np.ascontiguousarray(at[:, (0, 2, 1)] * np.array([1, 1, -1], dtype=np.float32), dtype="<f4")
        raw = turned.tobytes()
        views.append({"buffer": 0, "byteOffset": start, "byteLength": len(raw), "target": VERTICES})
        accessors.append({
            "bufferView": number, "componentType": FLOATS, "count": len(turned), "type": "VEC3",
            "min": turned.min(axis=0).tolist(), "max": turned.max(axis=0).tolist(),
        })  # fmt: skip
        nodes.append({"mesh": number, "name": mesh.key, "extras": dict(mesh.told)})
        chunks.append(raw)
        start += len(raw)
    document = {
        "asset": {"version": "2.0", "generator": "bihuan"}, "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}], "nodes": nodes,
        "meshes": [{"primitives": [{"attributes": {"POSITION": n}, "mode": TRIANGLES, "material": 0}]}
                   for n in range(len(nodes))],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0}}],
        "accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": start}],
    }  # fmt: skip
    told = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()
    told += b" " * (-len(told) % 4)
    body = b"".join(chunks)
    whole = 12 + 8 + len(told) + 8 + len(body)
    return b"".join([
        struct.pack("<4sII", b"glTF", 2, whole), struct.pack("<II", len(told), _JSON), told,
        struct.pack("<II", len(body), _BINARY), body,
    ])  # fmt: skip


def _raised(flat: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    return np.column_stack([flat, np.full(len(flat), height)])


def _wall(ring: NDArray[np.float64], base: float, top: float) -> NDArray[np.float64]:
    """Two triangles for each side; the ring runs with the area on its left."""
    a, b = ring[:-1], ring[1:]
    low_a, low_b, high_a, high_b = _raised(a, base), _raised(b, base), _raised(a, top), _raised(b, top)
    return np.stack([low_a, low_b, high_b, low_a, high_b, high_a], axis=1).reshape(-1, 3)


def _turned(ring: NDArray[np.float64], *, left: bool) -> NDArray[np.float64]:
    """A closed ring against the clock (outer) or with it (hole), seen from above."""
    if len(ring) and (ring[0] != ring[-1]).any():
        ring = np.concatenate([ring, ring[:1]])
    twice = float(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]))
    return ring if (twice > 0) == left else ring[::-1]
