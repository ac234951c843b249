"""How many groups of opinion there are, and who is in which: none may be the answer.

Votes are centred by statement, what somebody did not see says nothing. As many dimensions are kept as stand above what
the same votes give when every statement's votes are dealt out anew among those who saw it (parallel analysis). Only inside
of them groups are sought; a mixture of normal distributions of one shape must explain the participants better than one
alone by MARGIN of the Bayesian criterion, else there is one group.
Source: J. L. Horn (1965), A Rationale and Test for the Number of Factors; G. Schwarz (1978), Estimating the Dimension of a
Model; R. Kass, A. Raftery (1995), Bayes Factors (a difference above 10 is very strong).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DEALS, LOOKED, MOST, MARGIN, STARTS = 20, 2_000, 12, 10.0, 20
"""Times that votes are dealt out; participants looked at for it; dimensions; difference of the criterion; tries."""
HELD_BACK, TURNS = 0.2, 10
"""Share of participants left out when stability is measured, and how often."""
AXES = 2
"""Of a drawing."""
type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


class VotePlane(NamedTuple):
    """Votes of the participants that take part.

    Args:
        votes: int8[participants, statements], 1, 0 or -1. seen: bool of the same shape, False where nobody voted.
    """

    votes: NDArray[np.int8]
    seen: NDArray[np.bool_]


class OpinionGroups(NamedTuple):
    """int64[participants] group from 0, the largest first; how many; dimensions kept; agreement of groups found again."""

    group: Ints
    groups: int
    dimensions: int
    stability: float


def places_of(plane: VotePlane) -> Floats:
    """Return float64[participants, 2]: where everybody stands on the two longest axes, for a drawing.

    Whoever saw half of the statements weighs them twice; with one statement the second axis is 0.
    """
    found = np.zeros((len(plane.votes), AXES))
    kept = min(AXES, plane.votes.shape[1])
    if len(found) and kept:
        found[:, :kept] = _places(plane, kept)
    return found


def find_groups(plane: VotePlane, seed: int) -> OpinionGroups:
    """Return the groups; the same for the same votes and seed.

    Source: Horn (1965); Schwarz (1978); rules in the module docstring.
    """
    size = len(plane.votes)
    dice = np.random.default_rng(seed)
    kept = _dimensions(plane, dice)
    if not kept or size < 2:
        return OpinionGroups(np.zeros(size, dtype=np.int64), min(size, 1), 0, 1.0)
    places = _places(plane, kept)
    count = _count(places, kept, seed)
    if count == 1:
        return OpinionGroups(np.zeros(size, dtype=np.int64), 1, kept, 1.0)
    group = _named(_means(places, count, seed))
    return OpinionGroups(group, count, kept, _stability(plane, group, count, kept, seed))


def _centred(plane: VotePlane) -> NDArray[np.float32]:
    """float32[participants, statements] votes less the statement's mean, 0 where nobody voted."""
    told = plane.seen.sum(axis=0)
    total = plane.votes.sum(axis=0, dtype=np.int64)
    mean = np.divide(total, told, out=np.zeros(len(told)), where=told > 0)
    centred: NDArray[np.float32] = np.where(plane.seen, plane.votes - mean.astype(np.float32), np.float32(0))
    return centred


def _spread(centred: NDArray[np.float32], most: int) -> Floats:
    """The largest eigenvalues of the votes' products, falling."""
    from scipy.linalg import eigh

    gram = centred @ centred.T if centred.shape[0] < centred.shape[1] else centred.T @ centred
    last = len(gram) - 1
    values: Floats = eigh(gram.astype(np.float64), eigvals_only=True, subset_by_index=[max(0, last + 1 - most), last])
    return values[::-1]


def _dimensions(plane: VotePlane, dice: np.random.Generator) -> int:
    """How many dimensions stand above those of votes that were dealt out anew."""
    size = len(plane.votes)
    rows = np.sort(dice.choice(size, LOOKED, replace=False)) if size > LOOKED else np.arange(size)
    part = VotePlane(plane.votes[rows], plane.seen[rows])
    found, ceiling = _spread(_centred(part), MOST), np.zeros(MOST)
    for _ in range(DEALS):
        dealt = _spread(_centred(_dealt(part, dice)), MOST)
        ceiling[: len(dealt)] = np.maximum(ceiling[: len(dealt)], dealt)
    above = found > ceiling[: len(found)]
    return int(above.argmin()) if not above.all() else len(found)


def _dealt(plane: VotePlane, dice: np.random.Generator) -> VotePlane:
    """The same votes on every statement, from others of those who saw it."""
    votes = plane.votes.copy()
    for statement in range(votes.shape[1]):
        who = np.flatnonzero(plane.seen[:, statement])
        votes[who, statement] = plane.votes[dice.permutation(who), statement]
    return VotePlane(votes, plane.seen)


def _places(plane: VotePlane, kept: int) -> Floats:
    """float64[participants, kept] where everybody stands; who saw half of the statements weighs them twice."""
    from scipy.linalg import eigh

    centred = _centred(plane)
    size = centred.shape[1]
    gram = (centred.T @ centred).astype(np.float64)
    _, axes = eigh(gram, subset_by_index=[max(0, size - kept), size - 1])
    axes = axes[:, ::-1] * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])[::-1]
    told = plane.seen.sum(axis=1, keepdims=True)
    places: Floats = centred @ axes * (size / np.maximum(told, 1))
    return places


def _count(places: Floats, kept: int, seed: int) -> int:
    """How many groups explain the places best; one, unless more do so clearly."""
    from sklearn.mixture import GaussianMixture

    rows = places[:: max(1, len(places) // LOOKED)]
    most = min(kept + 2, len(np.unique(rows, axis=0)), len(rows) - 1)
    told = [
        float(
            GaussianMixture(n, covariance_type="tied", n_init=5, random_state=seed, reg_covar=1e-6).fit(rows).bic(rows)
        )
        for n in range(1, most + 1)
    ]
    best = int(np.argmin(told))
    return best + 1 if told[best] < told[0] - MARGIN else 1


def _means(places: Floats, count: int, seed: int) -> Ints:
    from sklearn.cluster import KMeans

    found: Any = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(places)
    return np.asarray(found, dtype=np.int64)


def _named(group: Ints) -> Ints:
    """Groups by size, the largest first; of equal ones that of the first participant."""
    numbers, first, size = np.unique(group, return_index=True, return_counts=True)
    order = np.lexsort((first, -size))
    place = np.zeros(int(numbers.max()) + 1, dtype=np.int64)
    place[numbers[order]] = np.arange(len(numbers))
    return place[group]


def _stability(plane: VotePlane, group: Ints, count: int, kept: int, seed: int) -> float:
    """How well the groups of eight tenths of the participants agree with these (adjusted Rand index, mean)."""
    from sklearn.metrics import adjusted_rand_score

    dice, told = np.random.default_rng(seed + 1), []
    for _ in range(TURNS):
        rows = np.flatnonzero(dice.random(len(group)) >= HELD_BACK)[: 5 * LOOKED]
        if len(rows) <= count:
            continue
        part = VotePlane(plane.votes[rows], plane.seen[rows])
        again = _means(_places(part, kept), count, seed)
        told.append(float(adjusted_rand_score(group[rows], again)))
    return float(np.mean(told)) if told else 0.0
