"""Points that stand for "place unknown".

Some systems file a report without a usable address at a fixed point, often the city hall. Such a point holds many
more reports than its surroundings and, what gives it away, reports of many different addresses: a real trouble spot has
one address. Both signs are needed; the evidence is returned with each point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DECIMALS = 5  # degrees; about a metre
LEAST = 20  # reports at a point before anything is said of it
NEIGHBOURS = 50  # nearest points that tell what is usual
SURPRISE = 1e-9  # chance of so many reports at a usual point (negative binomial), before many points are allowed for
LABELS = 10  # different addresses at one point, and
MIXED = 0.1  # the least share of different addresses among its reports


@dataclass(frozen=True)
class Default:
    """One point that stands for "unknown".

    Args:
        lon: Degrees, as given.
        lat: Degrees, as given.
        reports: Reports there.
        share: Their share of all reports with a point.
        expected: Reports a point of its surroundings usually has.
        addresses: Different addresses of its reports; None when no addresses were given.
        chance: Of so many reports at a usual point.
    """

    lon: float
    lat: float
    reports: int
    share: float
    expected: float
    addresses: int | None
    chance: float


def defaults(
    lon: NDArray[np.float64], lat: NDArray[np.float64], addresses: Sequence[str] | None = None
) -> list[Default]:
    """Points that stand for "unknown", the greatest first.

    Args:
        lon: Degrees, one per report; NaN without a point.
        lat: Degrees, one per report.
        addresses: What each report says about its place in words; '' where nothing. Without it only the number of
            reports speaks, and a point must hold at least one report in a hundred.

    A proposal: a person should look at the evidence before cases are moved.

    Raises:
        ValueError: columns of different lengths.

    Source: docs/topics/places.md, "Points that stand for “unknown”"; src/bihuan/insight/places/card.md.
    """
    if len(lon) != len(lat) or (addresses is not None and len(addresses) != len(lon)):
        raise ValueError(
            f"columns of {len(lon)}, {len(lat)} and {len(addresses or lon)} rows; they must be equally long"
        )
    rows = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if len(rows) == 0:
        return []
    rounded = np.round(np.stack([lon[rows], lat[rows]], axis=1), DECIMALS)
    points, which, counts = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    found = []
    for point in np.flatnonzero(counts >= LEAST):
        usual = _usual(points, counts, int(point))
        chance = _chance(int(counts[point]), usual)
        here = rows[which.ravel() == point]
        said = None if addresses is None else {addresses[row].strip().casefold() for row in here} - {""}
        share = float(counts[point] / len(rows))
        mixed = share >= 0.01 if said is None else len(said) >= max(LABELS, MIXED * len(here))
        if mixed and chance * len(points) < SURPRISE:
            place = float(points[point, 0]), float(points[point, 1])
            size = None if said is None else len(said)
            found.append(Default(*place, int(counts[point]), share, float(usual.mean()), size, chance))
    return sorted(found, key=lambda one: -one.reports)


def _usual(points: NDArray[np.float64], counts: NDArray[np.int64], point: int) -> NDArray[np.int64]:
    """Reports at the nearest other points."""
    away = points - points[point]
    away[:, 0] *= np.cos(np.radians(points[point, 1]))
    distance = (away**2).sum(axis=1)
    distance[point] = np.inf
    near = np.argsort(distance, kind="stable")[: min(NEIGHBOURS, len(points) - 1)]
    return counts[near] if len(near) else np.array([1])


def _chance(reports: int, usual: NDArray[np.int64]) -> float:
    """Of at least so many reports, by a negative binomial with the mean and variance of the neighbours (moments)."""
    from scipy.stats import nbinom, poisson

    mean, variance = float(usual.mean()), float(usual.var())
    if variance <= mean:
        return float(poisson.sf(reports - 1, mean))
    size = mean**2 / (variance - mean)
    return float(nbinom.sf(reports - 1, size, size / (size + mean)))
