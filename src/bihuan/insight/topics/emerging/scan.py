"""Kulldorff's space–time scan: the cylinder (places within a circle, days up to now) least likely to be chance.

Kulldorff, "A spatial scan statistic", Commun. Stat. 26 (1997) 1481–1496; prospective cylinders: Kulldorff, JRSS A 164
(2001) 61–72; permutation model: Kulldorff, Heffernan, Hartman, Assunção & Mostashari, PLoS Medicine 2 (2005) e59.
With N cases, c inside and μ expected: log-likelihood ratio c ln(c/μ) + (N−c) ln((N−c)/(N−μ)) where c > μ, else 0.
The p-value is the rank of the observed maximum among the maxima of simulated data: exact, whatever the number of
cylinders looked at (Dwass 1957).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGEST = 0.5
"""No circle holds more than this share of all expected cases, no cylinder more than this share of the days."""


class Cluster(NamedTuple):
    """The most likely cluster.

    Attributes:
        places: Row numbers of the places inside.
        first: The day (column) it begins; it lasts to the last one.
        observed, expected: Cases inside.
        llr: Log-likelihood ratio.
        p: Monte-Carlo p-value.
    """

    places: tuple[int, ...]
    first: int
    observed: float
    expected: float
    llr: float
    p: float


def log_likelihood_ratio(
    inside: NDArray[np.float64], expected: NDArray[np.float64], total: float
) -> NDArray[np.float64]:
    """Kulldorff's Poisson log-likelihood ratio for high rates; 0 where no more than expected lie inside.

    Args:
        inside: Cases inside.
        expected: Expected inside, with all expected cases summing to `total`.
        total: Cases everywhere.

    Source: Kulldorff (1997), Communications in Statistics 26:1481.
    """
    outside, rest = total - inside, total - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(inside > 0, inside * np.log(inside / expected), 0.0)
        second = np.where(outside > 0, outside * np.log(outside / rest), 0.0)
    ratio: NDArray[np.float64] = np.where((inside > expected) & (expected > 0), first + second, 0.0)
    return ratio


def permutation_scan(
    counts: NDArray[np.int64], points: NDArray[np.float64], runs: int = 999, seed: int = 0
) -> Cluster | None:
    """Space–time permutation scan: needs no population; asks whether place and time of cases are independent.

    Args:
        counts: Cases, shape (places, days).
        points: Coordinates in metres, shape (places, 2).
        runs: Simulated data sets; p is at least 1 / (runs + 1).
        seed: Of the simulation.

    Returns:
        The most likely cluster; None where there is no case.

    Raises:
        ValueError: shapes that do not fit.

    Source: Kulldorff, Heffernan, Hartman, Assunção & Mostashari (2005), PLoS Medicine 2:e59; p by Dwass (1957).
    """
    table = np.asarray(counts, dtype=np.int64)
    total = int(table.sum())
    if total == 0:
        _check(table, points)
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    place, day = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices(table.shape))

    def shuffled(chance: np.random.Generator) -> NDArray[np.int64]:
        flat = place * table.shape[1] + chance.permutation(day)
        return np.bincount(flat, minlength=table.size).reshape(table.shape)

    return _scan(table, expected, points, shuffled, runs, seed)


def poisson_scan(
    counts: NDArray[np.int64], expected: NDArray[np.float64], points: NDArray[np.float64],
    runs: int = 999, seed: int = 0,
) -> Cluster | None:  # fmt: skip
    """Poisson scan against known expectations (population × days, or a forecast), conditioned on the total.

    Args:
        counts: Cases, shape (places, days).
        expected: Proportional to the cases expected, same shape, positive sum.
        points: Coordinates in metres, shape (places, 2).
        runs: Simulated data sets.
        seed: Of the simulation.

    Raises:
        ValueError: shapes that do not fit, or nothing expected anywhere.

    Source: Kulldorff (2001), Journal of the Royal Statistical Society A 164:61; p by Dwass (1957).
    """
    table, base = np.asarray(counts, dtype=np.int64), np.asarray(expected, dtype=np.float64)
    if base.shape != table.shape or base.sum() <= 0 or (base < 0).any():
        raise ValueError("expected must have the shape of counts, no negative entry and a positive sum")
    total = int(table.sum())
    if total == 0:
        return None
    share = base / base.sum()

    def drawn(chance: np.random.Generator) -> NDArray[np.int64]:
        return chance.multinomial(total, share.ravel()).reshape(table.shape).astype(np.int64)

    return _scan(table, share * total, points, drawn, runs, seed)


def _scan(
    table: NDArray[np.int64],
    expected: NDArray[np.float64],
    points: NDArray[np.float64],
    simulate: Callable[[np.random.Generator], NDArray[np.int64]],
    runs: int,
    seed: int,
) -> Cluster | None:
    _check(table, points)
    order = _nearest(points)
    inside_expected = _cylinders(expected, order)
    circle = inside_expected[:, :, 0] <= LARGEST * table.sum()
    days = table.shape[1]
    recent = np.arange(days) >= days - max(int(LARGEST * days), 1)
    allowed = circle[:, :, None] & recent
    total = float(table.sum())

    def best(cases: NDArray[np.int64]) -> tuple[float, int]:
        ratio = np.where(allowed, log_likelihood_ratio(_cylinders(cases, order), inside_expected, total), 0.0)
        where = int(ratio.argmax())
        return float(ratio.ravel()[where]), where

    observed, where = best(table)
    chance = np.random.default_rng(seed)
    higher = sum(best(simulate(chance))[0] >= observed - 1e-9 for _ in range(runs))
    centre, radius, first = (int(k) for k in np.unravel_index(where, allowed.shape))
    return Cluster(
        places=tuple(int(k) for k in order[centre, : radius + 1]),
        first=first,
        observed=float(_cylinders(table, order)[centre, radius, first]),
        expected=float(inside_expected[centre, radius, first]),
        llr=observed,
        p=(higher + 1) / (runs + 1),
    )


def _cylinders(table: NDArray[np.int64] | NDArray[np.float64], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums over every cylinder: [centre, number of places − 1, first day], each lasting to the last day."""
    lasting = np.cumsum(np.asarray(table, dtype=np.float64)[:, ::-1], axis=1)[:, ::-1]
    summed: NDArray[np.float64] = np.cumsum(lasting[order], axis=1)
    return summed


def _nearest(points: NDArray[np.float64]) -> NDArray[np.int64]:
    apart = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    return np.argsort(apart, axis=1, kind="stable")


def _check(table: NDArray[np.int64], points: NDArray[np.float64]) -> None:
    if table.ndim != 2 or points.shape != (table.shape[0], 2):
        raise ValueError(f"counts {table.shape} and points {points.shape}: give (places, days) and (places, 2)")
