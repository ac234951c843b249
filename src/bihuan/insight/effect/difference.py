"""Never-treated controls: difference in differences of rates, in closed form.

With unit effects a Poisson regression conditions on each unit's total; with one start its treatment coefficient is a
ratio of sums (Hausman, Hall & Griliches 1984): observed events after the start against the units' own events before,
carried forward by the controls' growth — within strata, and per start when units start at different times (a treated
unit is never a control). Variance: clustered by unit; by stratum and by period too where these vary more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bihuan.insight.effect.model import EffectFit, Floats, Mask, Panel

BORROWED = 300.0  # events by which a stratum's growth leans on that of all controls (chosen: card.md)
PRIOR_FREE = 12.0  # degrees of freedom by which the spread between periods leans on that between units
FEWEST_STRATA = 8
FEWEST_PERIODS = 4  # degrees of freedom from which the spread between periods is used


@dataclass(frozen=True)
class Wave:
    """Units that start together: their periods before and after (indices), treated and controls (masks over units)."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    treated: Mask
    controls: Mask


def pool_waves(panel: Panel, waves: Sequence[Wave], level: float, counts: Floats | None = None) -> EffectFit:
    """The pooled log rate ratio of all waves.

    Args:
        panel: The counts, exposures and strata.
        waves: At least one; each with events of the treated and the controls before.
        level: Of the interval.
        counts: (n, P) another outcome of the same units; None for the panel's.

    Source: Hausman, Hall & Griliches (1984), Econometrica 52:909; docs/adr/0106 (3).
    """
    values = panel.counts if counts is None else counts
    parts = [_part(panel, wave, values) for wave in waves]
    observed = sum(float(part.after[wave.treated].sum()) for part, wave in zip(parts, waves, strict=True))
    expected = sum(float(part.expected.sum()) for part in parts)
    pull = np.zeros(len(panel.units))
    for part, wave in zip(parts, waves, strict=True):
        pull += _influence(part, wave, max(observed, 0.5), expected)
    ratio = math.log(max(observed, 0.5) / expected)
    variances = {"unit": _spread(pull, int(min(sum(w.treated.sum() for w in waves), len(pull))))}
    if panel.stratum is not None:
        variances["stratum"] = _between_strata(pull, parts[0].stratum)
    if len(waves) == 1:
        found = _between_periods(panel, waves[0], parts[0], values)
        variances["period"] = found if panel.stratum is None else _moderated(found, variances)
    spread, free, source = max((v, f, s) for s, (v, f) in variances.items())
    se = math.sqrt(max(spread, 1e-12))
    reach = float(stats.t.ppf((1 + level) / 2, free)) * se
    p = float(2 * stats.t.sf(abs(ratio) / se, free))
    detail = {"se": round(se, 4), "variance_by": source, "degrees_of_freedom": free}
    return EffectFit(ratio, ratio - reach, ratio + reach, se, p, observed, detail)


@dataclass(frozen=True)
class _Part:
    before: Floats  # (n,) events, carried to the exposure of the time after
    after: Floats  # (n,)
    stratum: NDArray[np.int64]  # (n,)
    growth: Floats  # (strata,)
    held: Floats  # (strata,) controls' events before
    expected: Floats  # (strata,) treated events expected after


def _part(panel: Panel, wave: Wave, values: Floats) -> _Part:
    before, after = list(wave.before), list(wave.after)
    carry = np.full(len(panel.units), len(after) / len(before))
    if panel.exposure is not None:
        carry = panel.exposure[:, after].sum(axis=1) / panel.exposure[:, before].sum(axis=1)
    past, future = values[:, before].sum(axis=1) * carry, values[:, after].sum(axis=1)
    names = np.asarray(panel.stratum if panel.stratum is not None else [""] * len(panel.units))
    code = np.unique(names, return_inverse=True)[1].astype(np.int64)
    held = _sums(code, past, wave.controls)
    overall = float(future[wave.controls].sum() / max(past[wave.controls].sum(), 0.5))
    lean = BORROWED if panel.stratum is not None else 0.0
    growth = (_sums(code, future, wave.controls) + lean * overall) / np.maximum(held + lean, 1e-9)
    expected = np.maximum(_sums(code, past, wave.treated), 1e-9) * growth
    return _Part(past, future, code, growth, held + lean, expected)


def _sums(code: NDArray[np.int64], values: Floats, mask: Mask) -> Floats:
    return np.bincount(code[mask], values[mask], minlength=int(code.max()) + 1)


def _influence(part: _Part, wave: Wave, observed: float, expected: float) -> Floats:
    """(n,) what each unit pulls the log ratio by (first-order)."""
    growth = part.growth[part.stratum]
    of_treated = part.after / observed - growth * part.before / expected
    share = (part.expected / np.maximum(part.growth, 1e-9) / part.held)[part.stratum] / expected
    of_control = -share * (part.after - growth * part.before)
    return np.asarray(np.where(wave.treated, of_treated, np.where(wave.controls, of_control, 0.0)))


def _spread(pull: Floats, treated: int) -> tuple[float, int]:
    free = max(treated - 1, 1)
    return float(np.sum(pull**2)) * treated / free, free


def _between_strata(pull: Floats, stratum: NDArray[np.int64]) -> tuple[float, int]:
    """All units of a stratum may move together (a campaign, a coding rule); needs a number of strata to judge."""
    sums = np.bincount(stratum, pull)
    weight = sums**2
    used = int(np.sum(weight > 1e-12))
    if used < FEWEST_STRATA:
        return 0.0, 1
    return float(weight.sum()) * used / (used - 1), used - 1


def _moderated(periods: tuple[float, int], others: dict[str, tuple[float, int]]) -> tuple[float, int]:
    """The spread between periods, leant on the larger clustered one: a dozen periods tell a variance badly.

    Only with strata, which take up most common shocks; without them the periods alone show that types move together.
    Source: Smyth (2004), moderated t-statistics, with a fixed number of prior degrees of freedom.
    """
    found, free = periods
    if not found:
        return periods
    prior = max(value for value, _free in others.values())
    return (PRIOR_FREE * prior + free * found) / (PRIOR_FREE + free), int(PRIOR_FREE) + free


def _between_periods(panel: Panel, wave: Wave, part: _Part, values: Floats) -> tuple[float, int]:
    """Shocks that hit all treated units at once, from the spread of the treated-to-control ratio between periods.

    Source: Donald & Lang (2007): with few groups the group-by-time shocks, not the units, set the precision.
    """
    free = len(wave.before) + len(wave.after) - 2
    if free < FEWEST_PERIODS or min(len(wave.before), len(wave.after)) < 2:
        return 0.0, 1
    weight = (part.expected / np.maximum(part.growth, 1e-9) / np.maximum(part.held, 1e-9))[part.stratum]
    rates = values if panel.exposure is None else values / panel.exposure
    total = 0.0
    for window in (list(wave.before), list(wave.after)):
        ours = rates[wave.treated][:, window].sum(axis=0)
        theirs = (rates[wave.controls][:, window] * weight[wave.controls, None]).sum(axis=0)
        ratio = np.log((ours + 0.5) / (theirs + 0.5))
        total += float(np.sum((ratio - ratio.mean()) ** 2))
    return total / free * (1 / len(wave.before) + 1 / len(wave.after)), free
