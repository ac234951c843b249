"""py3dtiles reads a tileset, pygltflib its contents, pyproj says where on the globe: `{path}` → what each found."""

import json
import sys
from pathlib import Path

import numpy as np
import pygltflib
from py3dtiles.tileset import TileSet
from pyproj import Transformer

said = json.load(sys.stdin)
path = Path(said["path"])
tileset = TileSet.from_file(path)
told = {"error": tileset.geometric_error, "refine": tileset.root_tile.get_refine_mode(), "tiles": [], "objects": {}}
to_degrees = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)


def box(positions):
    low, high = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    return [round(each, 6) for each in (*low[:2], *high[:2])] + [round(low[2], 2), round(high[2], 2)]


def volume(at):
    triangles = at.reshape(-1, 3, 3).astype(np.float64)
    triangles -= triangles[0, 0]
    return float(np.einsum("ij,ij->i", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)


for tile in tileset.root_tile.get_all_children():
    within = tile.bounding_volume
    told["tiles"].append([Path(tile.content_uri).name, within.to_dict()["box"][11]])
    gltf = pygltflib.GLTF2().load(str(path.parent / tile.content_uri))
    blob = gltf.binary_blob()
    for node in gltf.nodes:
        accessor = gltf.accessors[gltf.meshes[node.mesh].primitives[0].attributes.POSITION]
        view = gltf.bufferViews[accessor.bufferView]
        at = np.frombuffer(blob, "<f4", accessor.count * 3, view.byteOffset).reshape(-1, 3)
        assert at.min(axis=0).tolist() == accessor.min, "as the accessor says"
        assert at.max(axis=0).tolist() == accessor.max
        up = np.column_stack([at[:, 0], -at[:, 2], at[:, 1]]).astype(np.float64)
        matrix = np.array(tile.to_dict()["transform"]).reshape(4, 4).T
        globe = up @ matrix[:3, :3].T + matrix[:3, 3]
        lon, lat, height = to_degrees.transform(*globe.T)
        told["objects"][node.name] = {
            "box": box(np.column_stack([lon, lat, height])), "told": node.extras, "corners": accessor.count,
            "volume": volume(up),
        }  # fmt: skip
print(json.dumps(told))
