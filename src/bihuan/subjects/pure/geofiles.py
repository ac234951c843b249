"""GeoJSON and GeoPackage as tables of the readers: properties are columns, the geometry is one more. Pure.

Coordinates must be WGS-84 longitude and latitude; a file that says otherwise is refused with the way out.
Source: RFC 7946 (GeoJSON); OGC 12-128r18 (GeoPackage), 2.1.3 for the header of a geometry.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from bihuan.faults import Fault
from bihuan.readers import Batch, FileTable
from bihuan.subjects.pure.shapes import ShapeError, from_geojson

WGS84 = frozenset({4326, 4490})
"""EPSG codes; 4490 is CGCS2000, centimetres apart."""
BATCH = 2000
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


class GeoFileError(Fault):
    """A file of places that cannot be read at all."""

    remedy = "export it as GeoJSON or GeoPackage in WGS 84 (EPSG:4326) · 请以 WGS 84 导出"


def is_geofile(path: Path) -> bool:
    """Whether a file is one of ours by its name. Source: docs/topics/subjects.md, "Places"."""
    return path.suffix.lower() in (".geojson", ".gpkg")


def open_geofile(path: Path, geometry: str) -> FileTable:
    """Open a file of places.

    Args:
        path: `.geojson` or `.gpkg`. geometry: The column that the geometry goes into, empty to leave it out.

    Raises:
        GeoFileError: it is none, or has coordinates of another system.

    Source: RFC 7946; OGC 12-128r18.
    """
    return _geopackage(path, geometry) if path.suffix.lower() == ".gpkg" else _geojson(path, geometry)


def _geojson(path: Path, geometry: str) -> FileTable:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    except (OSError, ValueError) as error:
        raise GeoFileError(f"{path.name}: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise GeoFileError(f"{path.name}：不是要素集合 · {path.name} is no FeatureCollection")
    crs = json.dumps(document.get("crs", "CRS84"))
    if not any(known in crs for known in ("CRS84", "4326", "4490")):
        raise GeoFileError(f"{path.name}：坐标系不是 WGS 84 · {path.name} is not in WGS 84: {crs[:80]}")
    names = list(dict.fromkeys(name for each in features for name in (each.get("properties") or {})))

    def batches() -> Iterator[Batch]:
        for start in range(0, len(features), BATCH):
            part = features[start : start + BATCH]
            columns: dict[str, list[Any]] = {
                name: [(each.get("properties") or {}).get(name) for each in part] for name in names
            }
            if geometry:
                columns[geometry] = [_shape(each.get("geometry")) for each in part]
            yield Batch(list(range(start + 1, start + 1 + len(part))), columns)

    return FileTable(path.name, [*names, *([geometry] if geometry else [])], batches)


def _shape(found: Any) -> Any:
    if not found:
        return None
    try:
        return from_geojson(found)
    except ShapeError:
        return json.dumps(found)[:200]  # the field type says what is wrong with it


def _geopackage(path: Path, geometry: str) -> FileTable:
    if not path.is_file():
        raise GeoFileError(f"{path.name}：文件不存在 · the file does not exist")
    try:
        with closing(_connect(path)) as opened:
            table, column, srs = opened.execute(
                "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c "
                "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name ORDER BY c.table_name LIMIT 1"
            ).fetchone() or ("", "", 0)
            if not table:
                raise GeoFileError(f"{path.name}：没有要素表 · there is no table of features")
            if srs not in WGS84:
                raise GeoFileError(f"{path.name}：坐标系为 EPSG:{srs} · the system is EPSG:{srs}, not WGS 84")
            quoted = '"' + str(table).replace('"', '""') + '"'
            names = [str(row[1]) for row in opened.execute(f"PRAGMA table_info({quoted})")]
    except sqlite3.DatabaseError as error:
        raise GeoFileError(f"{path.name}：不是 GeoPackage · no GeoPackage: {error}") from error

    def batches() -> Iterator[Batch]:
        with closing(_connect(path)) as reading:
            rows = reading.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - a quoted name out of the file itself
            start = 1
            while part := rows.fetchmany(BATCH):
                columns = dict(zip(names, map(list, zip(*part, strict=True)), strict=True))
                shapes = columns.pop(str(column))
                if geometry:
                    columns[geometry] = _shapes(shapes)
                yield Batch(list(range(start, start + len(part))), columns)
                start += len(part)

    columns = [name for name in names if name != column]
    return FileTable(path.name, [*columns, *([geometry] if geometry else [])], batches)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path.resolve()}?mode=ro&immutable=1", uri=True)


def _shapes(blobs: Sequence[Any]) -> list[Any]:
    return [None if blob is None else _shape(json.loads(shapely.to_geojson(_geometry(bytes(blob))))) for blob in blobs]


def _geometry(blob: bytes) -> Any:
    """The geometry of a GeoPackage blob. Source: OGC 12-128r18, 2.1.3.1.1 (flags, envelope, WKB)."""
    magic, flags = blob[:2], blob[3]
    if magic != b"GP":
        raise GeoFileError("图形不是 GeoPackage 格式 · a geometry is not in the form of GeoPackage")
    (srs,) = struct.unpack("<i" if flags & 1 else ">i", blob[4:8])
    if srs not in {*WGS84, 0, -1}:
        raise GeoFileError(f"图形坐标系为 EPSG:{srs} · a geometry is in EPSG:{srs}")
    return shapely.from_wkb(blob[8 + _ENVELOPES[(flags >> 1) & 7] :])
