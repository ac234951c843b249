"""Scores of pairs: what a model must offer, the rule that needs no labels, and the file format."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from bihuan.insight.duplicates.features import NAMES
from bihuan.insight.duplicates.reports import Floats, Ints

AT = {name: place for place, name in enumerate(NAMES)}


class Model(Protocol):
    """Scores pairs."""

    threshold: float

    def scores(self, features: Floats, child: Ints) -> Floats:
        """Probability that a clerk would name the candidate, shape (pairs,).

        Args:
            features: As `features.matrix` gives them.
            child: Which pairs belong to one report, shape (pairs,).
        """
        ...


class Rule:
    """Evidence added up with fixed weights (log-odds): works on the first day, without a single label.

    Args:
        threshold: Proposals below are left out.
    """

    BIAS = -2.5
    WEIGHTS = {
        "metres": -0.6,
        "hours": -0.5,
        "same_kind": 1.0,
        "lift": 0.5,
        "same_whole": 2.0,
        "same_street": 0.7,
        "house_gap": -0.3,
        "same_locality": 0.5,
        "text": 5.0,
        "contained": 3.0,
        "common_names": 1.0,
        "burst_head": 0.5,
    }

    def __init__(self, threshold: float = 0.3) -> None:
        self.threshold = threshold

    def scores(self, features: Floats, child: Ints) -> Floats:
        """See `Model`; unknown evidence counts for nothing."""
        odds = np.full(len(features), self.BIAS)
        for name, weight in self.WEIGHTS.items():
            odds += weight * np.nan_to_num(features[:, AT[name]], nan=0.0)
        return 1 / (1 + np.exp(-odds))


def default_model() -> Model:
    """The model that ships with the package."""
    return Rule()
