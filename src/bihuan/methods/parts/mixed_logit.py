"""A logistic model with three families of shrunken effects: features, who looked, and which place.

Each family is drawn towards nothing by a variance of its own, which the data decide: by EM steps on a penalised
quasi-likelihood, then for the places, whose few rows each make that too timid, by the greatest likelihood with their effects
integrated out. Places may be hundreds of thousands: their block of the Hessian is diagonal and is eliminated, so that a
step costs one pass over the rows and one small dense system. Rows must come in a fixed order.
Source: N. E. Breslow, D. G. Clayton, Approximate inference in generalized linear mixed models, JASA 88 (1993);
Q. Liu, D. A. Pierce, A note on Gauss-Hermite quadrature, Biometrika 81 (1994); A. C. Aitken (1926).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Codes = NDArray[np.int64]

STEPS, ENOUGH, POLISH, NODES = 24, 1e-3, 4, 9
SAMPLED = 200_000
"""So many rows decide the variances: those of every n-th place, where there are more."""
SLACK = 1.0
RATIOS = (1.2, 1.45, 1.75, 2.1, 2.5, 3.0)
"""By how much the variance of places may exceed what EM found, while the log-likelihood is within `SLACK` of its most."""
LEAST, MOST = 0.02**2, 3.0**2
"""Bounds of a variance: a family is never switched off, and none explains everything."""
FARTHEST = 30.0


@dataclass(frozen=True)
class Fitted:
    """What was fitted.

    Args:
        base: The intercept. features, lookers, places: Effects on the logit.
        looker_errors: Standard errors of the lookers' effects. variances: Of the three families.
    """

    base: float
    features: Floats
    lookers: Floats
    places: Floats
    looker_errors: Floats
    variances: tuple[float, float, float]


def fit_mixed_logit(found: Floats, features: Floats, looker: Codes, place: Codes, counts: tuple[int, int]) -> Fitted:
    """Fit the model.

    Args:
        found: 0 or 1, float64[n]. features: Standardised, float64[n, p].
        looker, place: Codes from 0, int64[n]. counts: How many of each there are.

    Source: Breslow & Clayton (1993); Liu & Pierce (1994).
    """
    every = -(-len(found) // SAMPLED)
    some = np.flatnonzero(place % every == 0) if every > 1 else np.arange(len(found))
    tried = _Fit(found[some], features[some], looker[some], place[some] // every, (counts[0], -(-counts[1] // every)))
    tried.settle()
    tried.choose_places()
    if every == 1:
        return tried.result()
    fit = _Fit(found, features, looker, place, counts)
    fit.variances, fit.effects = tried.variances, tried.effects
    for _ in range(STEPS):
        fit.step()
        if fit.moved < ENOUGH / 10:
            break
    return fit.result()


class _Fit:
    """The state of a fit: effects and variances."""

    def __init__(self, found: Floats, features: Floats, looker: Codes, place: Codes, counts: tuple[int, int]) -> None:
        rows, (lookers, places) = len(found), counts
        self.found, self.looker, self.place = found, looker, place
        self.dense = np.hstack([np.ones((rows, 1)), features])
        self.wide = self.dense.shape[1]
        ones, at = np.ones(rows), np.arange(rows)
        self.who = sp.csr_matrix((ones, (at, looker)), (rows, lookers))
        self.where = sp.csr_matrix((ones, (at, place)), (rows, places)).T.tocsr()
        self.effects, self.at_place = np.zeros(self.wide + lookers), np.zeros(places)
        self.effects[0] = np.log((found.sum() + 0.5) / (rows - found.sum() + 0.5))
        self.variances = np.array([0.3, 0.5, 0.5]) ** 2
        self.inverse = np.eye(self.wide + lookers)
        self.scaled, self.down = np.zeros((places, 0)), np.ones(places)
        self.moved = np.inf

    def settle(self) -> None:
        """Newton steps with an EM step of the variances after each, hurried on where EM is slow."""
        changes: list[Floats] = []
        for _ in range(STEPS):
            self.step()
            fresh = self._variances()
            changes.append(np.log(fresh / self.variances))
            self.variances = fresh
            if self.moved < ENOUGH and float(np.abs(changes[-1]).max()) < ENOUGH:
                break
            if len(changes) % 4 == 0:
                self.variances = np.clip(fresh * np.exp(_ahead(changes[-2], changes[-1])), LEAST, MOST)

    def choose_places(self) -> None:
        """Take the largest variance of places that the data do not speak against: shrinking too much costs more."""
        timid = chosen = float(self.variances[2])
        most = self.evidence()
        for ratio in RATIOS:
            self.try_places(timid * ratio)
            evidence = self.evidence()
            if evidence < most - SLACK:
                break
            chosen, most = timid * ratio, max(most, evidence)
        self.try_places(chosen)

    def try_places(self, variance: float) -> None:
        """Settle the effects under another variance of the places."""
        self.variances[2] = min(variance, MOST)
        for _ in range(POLISH):
            self.step()

    def step(self) -> None:
        """One damped Newton step; the places are eliminated."""
        weigh, chance = self._weigh(), _chance(self._logit())
        weight, left = np.maximum(chance * (1 - chance), 1e-9), self.found - chance
        small, cross = self._curvature(weight)
        self.down = self.where @ weight + 1 / self.variances[2]
        slope = np.concatenate([self.dense.T @ left, self.who.T @ left]) - weigh * self.effects
        slope_place = self.where @ left - self.at_place / self.variances[2]
        scaled = cross / self.down[:, None]
        self.inverse = np.linalg.inv(small + np.diag(weigh) - cross.T @ scaled)
        step = self.inverse @ (slope - scaled.T @ slope_place)
        step_place = slope_place / self.down - scaled @ step
        self.scaled = scaled
        self.moved = max(float(np.abs(step).max()), float(np.abs(step_place).max(initial=0.0)))
        scale = min(1.0, 4.0 / self.moved) if self.moved else 1.0
        self.effects, self.at_place = self.effects + scale * step, self.at_place + scale * step_place

    def evidence(self) -> float:
        """The log-likelihood with each place's effect integrated out, by adaptive Gauss-Hermite quadrature."""
        base = self._logit() - self.at_place[self.place]
        variance, places = self.variances[2], len(self.at_place)
        width = np.sqrt(2 / self.down)
        nodes, weights = np.polynomial.hermite.hermgauss(NODES)
        parts = np.empty((NODES, places))
        for n in range(NODES):
            effect = self.at_place + width * nodes[n]
            logit = base + effect[self.place]
            likely = np.bincount(self.place, self.found * logit - np.logaddexp(0, logit), places)
            parts[n] = likely - effect**2 / (2 * variance) + nodes[n] ** 2 + np.log(weights[n])
        top = parts.max(axis=0)
        inner = top + np.log(np.exp(parts - top).sum(axis=0)) + np.log(width)
        return float(inner.sum() - places * np.log(variance) / 2)

    def result(self) -> Fitted:
        """What was fitted."""
        first, second, third = (float(each) for each in self.variances)
        errors = np.sqrt(np.diag(self.inverse)[self.wide :])
        return Fitted(
            float(self.effects[0]), self.effects[1 : self.wide], self.effects[self.wide :], self.at_place, errors,
            (first, second, third),
        )  # fmt: skip

    def _weigh(self) -> Floats:
        lookers = len(self.effects) - self.wide
        families = [1e-9], np.full(self.wide - 1, 1 / self.variances[0]), np.full(lookers, 1 / self.variances[1])
        return np.concatenate(families)

    def _logit(self) -> Floats:
        fixed = self.dense @ self.effects[: self.wide]
        return np.asarray(fixed + self.effects[self.wide :][self.looker] + self.at_place[self.place])

    def _curvature(self, weight: Floats) -> tuple[Floats, Floats]:
        """The Hessian of features and lookers, and its block with the places: float64[k, k], float64[places, k]."""
        weighed = self.dense * weight[:, None]
        by_who = sp.csr_matrix((weight, self.who.indices, self.who.indptr), self.who.shape)
        mixed = np.asarray(by_who.T @ self.dense)
        alone = np.diag(np.asarray(by_who.sum(axis=0)).ravel())
        small = np.block([[self.dense.T @ weighed, mixed.T], [mixed, alone]])
        return small, np.hstack([np.asarray(self.where @ weighed), (self.where @ by_who).toarray()])

    def _variances(self) -> Floats:
        errors, wide = np.diag(self.inverse), self.wide
        spread = 1 / self.down + ((self.scaled @ self.inverse) * self.scaled).sum(axis=1)
        families = (
            (self.effects[1:wide], errors[1:wide]), (self.effects[wide:], errors[wide:]), (self.at_place, spread),
        )  # fmt: skip
        found = [float((effect**2 + error).mean()) if len(effect) else 1.0 for effect, error in families]
        return np.asarray(np.clip(np.array(found), LEAST, MOST))


def _ahead(before: Floats, now: Floats) -> Floats:
    """How far a slow EM would still go, from its last two changes; at most a factor of e at once (Aitken)."""
    ratio = np.divide(now, before, out=np.zeros_like(now), where=before != 0)
    ratio = np.where((ratio > 0) & (ratio < 0.99), ratio, 0.0)
    return np.asarray(np.clip(now * ratio / (1 - ratio), -1.0, 1.0))


def _chance(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -FARTHEST, FARTHEST))), dtype=np.float64)
