"""Drawn districts whose true effect is known."""

from __future__ import annotations

import numpy as np

from bihuan.insight.effect import Panel

WEEKS, START, WINDOW = 20, 12, (8, 9, 10, 11)


def hot_places(
    seed: int, effect: float, units: int = 600, hot: int = 100, half: bool = False, drift: float = 0.0
) -> Panel:
    """Gamma rates, the hottest by weeks 8–11 treated from week 12 (a random half of them with `half`).

    Args:
        effect: Share of the treated events that is prevented.
        drift: Weekly log growth of the treated units only, from week 0: a broken parallel trend.
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.6, 2.0, units)[:, None] * np.ones(WEEKS)
    counts = rng.poisson(rate).astype(float)
    chosen = np.argsort(-(counts[:, list(WINDOW)].sum(axis=1) + 0.01 * rng.random(units)))[:hot]
    treated, holdout = np.zeros(units, bool), np.zeros(units, bool)
    treated[rng.permutation(chosen)[: hot // 2] if half else chosen] = True
    holdout[chosen] = ~treated[chosen]
    if drift:
        counts[treated] = rng.poisson(counts[treated] * np.exp(drift * np.arange(WEEKS)))
    counts[np.ix_(treated, range(START, WEEKS))] = rng.binomial(
        counts[np.ix_(treated, range(START, WEEKS))].astype(int), 1 - effect
    )
    return Panel(
        tuple(f"u{i}" for i in range(units)),
        tuple(str(i) for i in range(WEEKS)),
        counts,
        np.where(treated, START, WEEKS),
        holdout=holdout if half else None,
    )
