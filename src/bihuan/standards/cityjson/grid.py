"""Degrees of CGCS2000 to metres of a three-degree Gauss–Krüger zone without a zone number: EPSG:4534 to EPSG:4554.

The series of Krüger to the fourth order in n, good to a tenth of a millimetre within a zone. CGCS2000 counts as WGS-84.
Source: L. Krüger (1912); GB 22021-2008; EPSG Guidance Note 7-2, §3.5.3.1; C. F. F. Karney (2011), eq. 35.
"""

from __future__ import annotations

from math import asinh, atan2, atanh, cos, cosh, hypot, radians, sin, sinh, sqrt, tan

RADIUS, FLATTENING, FALSE_EASTING = 6_378_137.0, 1 / 298.257222101, 500_000.0
FIRST, FIRST_CODE, LAST_CODE = 75, 4534, 4554
_N = FLATTENING / (2 - FLATTENING)
_MERIDIAN = RADIUS / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49_561 * _N**4 / 161_280,
)


class OutsideChina(ValueError):
    """A place for which there is no zone."""


def zone_of(lon: float) -> tuple[int, int]:
    """Return the central meridian in degrees and the EPSG code of the zone that a longitude lies in.

    Raises:
        OutsideChina: no such zone.

    Source: EPSG:4534 to 4554 (CGCS2000 / 3-degree Gauss-Kruger CM 75E to 135E).
    """
    meridian = 3 * round(lon / 3)
    code = FIRST_CODE + (meridian - FIRST) // 3
    if not FIRST_CODE <= code <= LAST_CODE:
        raise OutsideChina(f"{lon}")
    return meridian, code


def project(lon: float, lat: float, meridian: int) -> tuple[float, float]:
    """Return easting and northing in metres of a place in degrees. Source: Krüger (1912); Karney (2011), eq. 7–11."""
    e = sqrt(FLATTENING * (2 - FLATTENING))
    across, tau = radians(lon - meridian), tan(radians(lat))
    sigma = sinh(e * atanh(e * tau / hypot(1, tau)))
    conformal = tau * hypot(1, sigma) - sigma * hypot(1, tau)
    xi, eta = atan2(conformal, cos(across)), asinh(sin(across) / hypot(conformal, cos(across)))
    north, east = xi, eta
    for order, alpha in enumerate(_ALPHA, 1):
        north += alpha * sin(2 * order * xi) * cosh(2 * order * eta)
        east += alpha * cos(2 * order * xi) * sinh(2 * order * eta)
    return FALSE_EASTING + _MERIDIAN * east, _MERIDIAN * north
