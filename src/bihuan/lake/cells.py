"""Places as H3 cells."""

from __future__ import annotations

import h3
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RESOLUTION = 9  # about 0.1 km²


def h3_cells(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pa.Array:
    """Cells of resolution 9 as strings; null where a coordinate is NaN or impossible.

    Args:
        lon: Degrees WGS-84, shape (n,).
        lat: Degrees WGS-84, shape (n,).

    Source: H3, the hexagonal hierarchical grid, h3geo.org; resolution: docs/topics/lake.md (about 0.1 km²).
    """
    known = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    cells = [
        h3.latlng_to_cell(y, x, RESOLUTION) if ok else None
        for x, y, ok in zip(lon.tolist(), lat.tolist(), known.tolist(), strict=True)
    ]
    return pa.array(cells, pa.string())
