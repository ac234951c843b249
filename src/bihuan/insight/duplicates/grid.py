"""Square cells on the globe as 64-bit keys, with all eight neighbours of any point's cell.

Rows are of equal latitude; columns of a row are as wide as the cell at the row's middle, so that cells keep their
size in metres everywhere. A point within one cell width of another is always in one of the nine cells asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.reports import Floats, Keys
from bihuan.insight.duplicates.text import U64, mix_keys

METRES = 111_320.0  # of one degree of latitude (mean; WGS-84 varies by ±0.5 %)


def cell_keys(lon: Floats, lat: Floats, size: float) -> Keys:
    """Key of each point's cell, shape (n,); 0 where there is no point. `size` in metres.

    Source: docs/adr/0103 (square cells instead of H3).
    """
    row = np.floor(lat * METRES / size)
    return _keys(lon, row, 0, size)


def neighbour_keys(lon: Floats, lat: Floats, size: float) -> Keys:
    """Keys of the cell and its eight neighbours, shape (9, n); 0 where there is no point.

    Source: docs/adr/0103 (a cell and its eight neighbours).
    """
    row = np.floor(lat * METRES / size)
    return np.stack([_keys(lon, row + up, right, size) for up in (0, -1, 1) for right in (0, -1, 1)])


def metres_between(lon: Floats, lat: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Metres between points, by the flat approximation that is exact to 0.1 % below 10 km; NaN where one is unknown.

    Source: the equirectangular approximation on a sphere whose degree of latitude is METRES long.
    """
    east = (lon - lon2) * np.cos(np.radians((lat + lat2) / 2))
    return METRES * np.hypot(east, lat - lat2)


def _keys(lon: Floats, row: NDArray[np.float64], right: int, size: float) -> Keys:
    known = np.isfinite(lon) & np.isfinite(row)
    middle = np.radians((np.where(known, row, 0.0) + 0.5) * size / METRES)
    column = np.floor(np.where(known, lon, 0.0) * METRES * np.cos(middle) / size) + right
    packed = (np.where(known, row, 0.0).astype(np.int64) << 32) ^ (column.astype(np.int64) & 0xFFFFFFFF)
    return np.where(known, mix_keys(packed.astype(U64)) | U64(1), U64(0))
