"""Degrees and metres to places of the globe (EPSG:4978), and the frame of a tile: east, north, up at its middle.

Source: WGS 84 (NIMA TR8350.2); OGC 22-025r4 §6.7.1.2 (transforms in column-major order).
"""

from __future__ import annotations

from math import cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

RADIUS, FLATTENING = 6_378_137.0, 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)

type Doubles = NDArray[np.float64]


def to_globe(lon: Doubles, lat: Doubles, height: Doubles) -> Doubles:
    """Return places of the globe in metres, shape (n, 3). Degrees, metres above the ellipsoid.

    Source: NIMA TR8350.2 §4.
    """
    across, up = np.radians(lon), np.radians(lat)
    curve = RADIUS / np.sqrt(1 - _E2 * np.sin(up) ** 2)
    return np.stack(
        [
            (curve + height) * np.cos(up) * np.cos(across),
            (curve + height) * np.cos(up) * np.sin(across),
            (curve * (1 - _E2) + height) * np.sin(up),
        ],
        axis=-1,
    )


def frame_at(lon: float, lat: float) -> Doubles:
    """Return the 4×4 matrix that takes east, north, up at a place on the ellipsoid to the globe.

    Source: OGC 22-025r4 §6.7.1.2.
    """
    a, b = radians(lon), radians(lat)
    curve = RADIUS / sqrt(1 - _E2 * sin(b) ** 2)
    at = (curve * cos(b) * cos(a), curve * cos(b) * sin(a), curve * (1 - _E2) * sin(b))
    return np.array(
        [
            [-sin(a), -sin(b) * cos(a), cos(b) * cos(a), at[0]],
            [cos(a), -sin(b) * sin(a), cos(b) * sin(a), at[1]],
            [0.0, cos(b), sin(b), at[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def to_frame(globe: Doubles, frame: Doubles) -> Doubles:
    """Return places of the globe as east, north, up of a frame. Source: OGC 22-025r4 §6.7.1.2."""
    turned: Doubles = (globe - frame[:3, 3]) @ frame[:3, :3]
    return turned
