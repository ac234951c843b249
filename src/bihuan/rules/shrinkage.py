"""Empirical Bayes: what a small unit's rate probably is, given how units of its kind differ.

A unit with one solved case of one is not the best of the district. The beta distribution of the units' true rates is
estimated from all units by maximum likelihood; each unit's rate is then drawn towards it, the more the fewer its cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.intervals import Interval
from bihuan.rules.quantities import fixed_text

# A prior worth more cases than this means: the units do not differ measurably.
STRONGEST: Final = 1e6
_WEAKEST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Prior:
    """A beta distribution of true rates: `mean`, and `strength` in cases (a = mean·strength, b = rest)."""

    mean: float
    strength: float

    @property
    def alpha(self) -> float:
        """First parameter of the beta distribution."""
        return self.mean * self.strength

    @property
    def beta(self) -> float:
        """Second parameter of the beta distribution."""
        return (1 - self.mean) * self.strength


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A unit's rate after shrinkage: posterior mean, and equal-tailed credible interval."""

    mean: float
    interval: Interval

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats."""
        return {"mean": fixed_text(self.mean, 6), "interval": self.interval.to_json()}


def log_likelihood(counts: Sequence[tuple[int, int]], prior: Prior) -> float:
    """Log-likelihood of (successes, trials) under the beta-binomial with `prior`, without the binomial coefficients.

    Source: Skellam (1948), Journal of the Royal Statistical Society B 10:257 (beta-binomial).
    """
    from scipy.special import betaln

    successes, trials = np.array(counts, dtype=float).T
    terms = betaln(successes + prior.alpha, trials - successes + prior.beta) - betaln(prior.alpha, prior.beta)
    return float(terms.sum())


def fit_prior(counts: Sequence[tuple[int, int]]) -> Prior:
    """The beta prior that makes the units' counts most likely.

    Args:
        counts: (successes, trials) per unit; at least two units with trials > 0.

    Raises:
        InputError: fewer than two units with cases, or counts out of range.

    Source: Skellam (1948); empirical Bayes: Casella (1985), The American Statistician 39:83.
    """
    from scipy.optimize import minimize
    from scipy.special import expit, logit

    used = [(successes, trials) for successes, trials in counts if trials]
    if len(used) < 2:
        raise InputError(f"{len(used)} unit(s) with cases; shrinkage needs at least two to learn how units differ.")
    if any(not 0 <= successes <= trials for successes, trials in used):
        raise InputError("successes must lie between 0 and trials for each unit.")
    successes, trials = np.array(used, dtype=float).T
    start_mean = (successes.sum() + 0.5) / (trials.sum() + 1)

    def loss(point: np.ndarray) -> float:
        return -log_likelihood(used, Prior(float(expit(point[0])), float(np.exp(point[1]))))

    limits = [(-16.0, 16.0), (np.log(_WEAKEST), np.log(STRONGEST))]
    starts = [np.array([logit(start_mean), np.log(strength)]) for strength in (5.0, 50.0, 500.0)]
    fits = [minimize(loss, start, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-12}) for start in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    return Prior(float(expit(best.x[0])), float(np.exp(best.x[1])))


def shrink(successes: int, trials: int, prior: Prior, level: float = 0.95) -> Shrunk:
    """The posterior of a unit's true rate.

    Args:
        successes, trials: the unit's counts; trials may be 0, then the prior answers.
        prior: from `fit_prior`.
        level: of the credible interval.

    Source: Casella (1985), The American Statistician 39:83; the posterior of a binomial under a beta prior is a beta.
    """
    from scipy.special import betaincinv

    alpha, beta = prior.alpha + successes, prior.beta + trials - successes
    tail = (1 - level) / 2
    interval = Interval(
        float(betaincinv(alpha, beta, tail)), float(betaincinv(alpha, beta, 1 - tail)), "beta-binomial", level
    )
    return Shrunk(alpha / (alpha + beta), interval)
