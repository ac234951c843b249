"""Temperaments of units: how fast, how skilful, how honest. One of them closes falsely."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bihuan.simulator.parameters import Parameters, Spread, UniformRange


@dataclass(frozen=True)
class Temperament:
    """How one unit behaves.

    `pace` is the usual share of the clock a piece of work takes; `skill` the probability that a solvable problem is
    truly solved; `false_claims` the probability of claiming completion without having solved anything.
    """

    unit: str
    accept_hours: float
    contact_hours: float
    pace: float
    skill: float
    false_claims: float
    returns: float
    delegates: float
    false_closer: bool = False


def draw_temperament(unit: str, seed: int, p: Parameters, false_closer: bool = False) -> Temperament:
    """Return the temperament of a unit, the same for the same unit code and seed whatever other units there are.

    Source: docs/topics/simulator.md, "What is played" (units differ).
    """
    rng = np.random.default_rng([seed, zlib.crc32(unit.encode())])
    u = p.units
    drawn = Temperament(
        unit=unit,
        accept_hours=_spread(u.accept_hours, rng, 0.5),
        contact_hours=_spread(u.contact_hours, rng, 0.5),
        pace=min(0.95, _spread(u.pace, rng, 0.6)),
        skill=_range(u.skill, rng),
        false_claims=_range(u.honest_false, rng),
        returns=_range(u.returns, rng),
        delegates=_range(u.delegates, rng),
    )
    if not false_closer:
        return drawn
    planted = u.false_closer
    return Temperament(
        unit=unit,
        accept_hours=drawn.accept_hours,
        contact_hours=drawn.contact_hours,
        pace=planted.pace,
        skill=drawn.skill,
        false_claims=planted.claims_without_solving,
        returns=drawn.returns,
        delegates=drawn.delegates,
        false_closer=True,
    )


def choose_false_closer(candidates: Sequence[str], weights: Sequence[float], seed: int) -> str:
    """Plants the dishonest unit among those with at least the median volume, so that it can be found in a month.

    Raises:
        ValueError: no candidates.

    Source: docs/topics/simulator.md, "What is played" (one closes falsely).
    """
    if not candidates:
        raise ValueError("no unit could be the false closer: the district has no units. Load organisations first.")
    peopled = [(c, w) for c, w in zip(candidates, weights, strict=True) if w > 0] or [(c, 0.0) for c in candidates]
    middle = float(np.median([w for _, w in peopled]))
    able = sorted(c for c, w in peopled if w >= middle)
    return able[int(np.random.default_rng([seed, 7]).integers(len(able)))]


def _spread(s: Spread, rng: np.random.Generator, part: float) -> float:
    return float(s.median * math.exp(part * s.sigma * rng.standard_normal()))


def _range(r: UniformRange, rng: np.random.Generator) -> float:
    return float(r.lowest + (r.highest - r.lowest) * rng.random())
