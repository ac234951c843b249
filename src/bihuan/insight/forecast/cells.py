"""Cells of a map: squares of so many metres or H3 hexagons, their centres, and kernels between them.

Squares need no library and are what crime mapping measures with; H3 cells keep their ids for ever and are what other
rooms use. Distances are metres on the local tangent plane, good to a part in a thousand over a city.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

METRES_PER_DEGREE = 111_320.0
SHARE = 0.01  # a point holding this share of all reports …
TIMES = 5.0  # … and so many times the tenth most frequent one is an address nobody gave
HEX_AREAS = {7: 5.161293, 8: 0.737328, 9: 0.105333, 10: 0.015048}  # km², H3 documentation, average area

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GridCells:
    """Cells that hold at least one report.

    Args:
        ids: Name of each cell.
        lon, lat: Centres, degrees WGS-84, shape (cells,).
        of_report: Cell of each report, shape (reports,); -1 where it has no place.
        area: Area of one cell, km².
    """

    ids: list[str]
    lon: Numbers
    lat: Numbers
    of_report: NDArray[np.intp]
    area: float

    def metres(self) -> Numbers:
        """Centres on a plane, metres, shape (cells, 2)."""
        east = METRES_PER_DEGREE * np.cos(np.deg2rad(np.median(self.lat)))
        return np.column_stack([self.lon * east, self.lat * METRES_PER_DEGREE])

    def kernel(self, bandwidth: float) -> csr_matrix:
        """Gaussian weights between cells, shape (cells, cells); a row sums to 1 over a full plane of cells.

        Args:
            bandwidth: Standard deviation, metres.

        Source: Silverman (1986), Density Estimation, ch. 4 (normal kernel).
        """
        tree = cKDTree(self.metres())
        near = tree.sparse_distance_matrix(tree, 3 * bandwidth, output_type="coo_matrix").tocsr()
        near.setdiag(0.0)
        near.data = np.exp(-0.5 * (near.data / bandwidth) ** 2) * self.area * 1e6 / (2 * np.pi * bandwidth**2)
        return near


def has_place(lon: Numbers, lat: Numbers) -> NDArray[np.bool_]:
    """Which reports have a place: finite, on the globe, not 0/0."""
    good = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) < 85)
    return np.asarray(good & ~((lon == 0) & (lat == 0)))


def default_points(lon: Numbers, lat: Numbers) -> list[tuple[float, float]]:
    """Coordinates written where no place was known: one exact point that stands out far above every other.

    Args:
        lon, lat: Degrees, shape (reports,).

    Source: docs/topics/forecast.md (coordinates written where no place was known).
    """
    good = has_place(lon, lat)
    points, counts = np.unique(np.column_stack([lon[good], lat[good]]).round(6), axis=0, return_counts=True)
    if len(counts) < 20:
        return []
    tenth = np.sort(counts)[-10]
    found = (counts > SHARE * good.sum()) & (counts > TIMES * tenth)
    return [(float(x), float(y)) for x, y in points[found]]


def square_cells(lon: Numbers, lat: Numbers, metres: float = 250.0) -> GridCells:
    """Squares of a side of `metres`; an id names size, row and column, so it is the same in every file of a city.

    Raises:
        ValueError: no report has a place.

    Source: docs/topics/forecast.md (squares of 250 m by default).
    """
    _check(lon, lat)
    good = has_place(lon, lat)
    if not good.any():
        raise ValueError("no report has a place")
    east = METRES_PER_DEGREE * np.cos(np.deg2rad(np.round(np.median(lat[good]), 1)))
    column = np.floor(lon[good] * east / metres).astype(np.int64)
    row = np.floor(lat[good] * METRES_PER_DEGREE / metres).astype(np.int64)
    unique, back = np.unique(np.column_stack([row, column]), axis=0, return_inverse=True)
    ids = [f"s{metres:g}:{r}:{c}" for r, c in unique]
    of_report = np.full(len(lon), -1, dtype=np.intp)
    of_report[good] = back.ravel()
    centres = (unique + 0.5) * metres
    return GridCells(ids, centres[:, 1] / east, centres[:, 0] / METRES_PER_DEGREE, of_report, metres**2 / 1e6)


def hexagon_cells(lon: Numbers, lat: Numbers, resolution: int = 9) -> GridCells:
    """H3 cells of a resolution from 7 (5 km²) to 10 (0.015 km²).

    Raises:
        ValueError: another resolution, or no report has a place.

    Source: H3, the hexagonal hierarchical grid, h3geo.org; docs/topics/forecast.md.
    """
    import h3

    _check(lon, lat)
    if resolution not in HEX_AREAS:
        raise ValueError(f"resolution {resolution} is not one of {', '.join(map(str, HEX_AREAS))}")
    good = has_place(lon, lat)
    if not good.any():
        raise ValueError("no report has a place")
    names = [h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon[good], lat[good], strict=True)]
    ids, back = np.unique(np.array(names), return_inverse=True)
    centres = np.array([h3.cell_to_latlng(str(i)) for i in ids])
    of_report = np.full(len(lon), -1, dtype=np.intp)
    of_report[good] = back
    return GridCells([str(i) for i in ids], centres[:, 1], centres[:, 0], of_report, HEX_AREAS[resolution])


def _check(lon: Numbers, lat: Numbers) -> None:
    if lon.shape != lat.shape or lon.ndim != 1:
        raise ValueError("lon and lat are one-dimensional and equally long")
