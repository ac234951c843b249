"""Scores of pairs: a rule that needs no labels, and trees trained on what clerks did or on known events.

A model file is JSON: numbers and LightGBM's own text of its trees, nothing that is run. Pairs
without texts are scored by trees and half the rule; pairs with texts by trees of their own, which see everything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bihuan.insight.duplicates.features import NAMES
from bihuan.insight.duplicates.forest import Forest
from bihuan.insight.duplicates.reports import Floats, Ints

AT = {name: place for place, name in enumerate(NAMES)}
TEXT = ("text", "contained", "common_names", "names_known")
PLACE = tuple(name for name in NAMES if name not in TEXT)  # what the trees see
FORMAT = 1


class PairScorer(Protocol):
    """Scores pairs."""

    @property
    def threshold(self) -> float:
        """Scores below are no proposals."""
        ...

    def scores(self, features: Floats, child: Ints) -> Floats:
        """Chance that a clerk would call the pair duplicates, shape (pairs,).

        Args:
            features: As `features.pair_features` gives them.
            child: Which pairs belong to one report, shape (pairs,).

        Source: docs/topics/duplicates.md, "How" (3).
        """
        ...


class LinkRule:
    """Evidence added up with fixed weights (log-odds): works on the first day, without a single label.

    The weights are judgement, not fitted: each metre and hour counts against, each agreement for the pair.

    Args:
        threshold: Proposals below are left out.
    """

    BIAS = -2.5
    PLACES = {
        "metres": -0.6,
        "hours": -0.5,
        "same_kind": 1.0,
        "lift": 0.5,
        "same_whole": 2.0,
        "same_street": 0.7,
        "house_gap": -0.3,
        "same_locality": 0.5,
        "burst_head": 0.5,
    }
    TEXTS = {"text": 5.0, "contained": 3.0, "common_names": 1.0}

    def __init__(self, threshold: float = 0.3) -> None:
        self.threshold = threshold

    def scores(self, features: Floats, child: Ints) -> Floats:
        """See `PairScorer`; unknown evidence counts for nothing.

        Source: src/bihuan/insight/duplicates/card.md (weights of judgement, in log-odds).
        """
        return _chance(self.BIAS + weigh_features(features, self.PLACES) + weigh_features(features, self.TEXTS))


@dataclass(frozen=True)
class TrainedScorer:
    """Trees for pairs with places only, and trees for pairs whose texts say something; see the module.

    Args:
        trees: LightGBM's text format; features PLACE; '' without.
        rule: Share of the rule's evidence that is added to the trees'.
        slope, offset: Log-odds of the score = slope · evidence + offset (Platt 1999).
        told: LightGBM's text format; features NAMES; scores the pairs of which both texts are known; '' without.
        threshold: Scores below are no proposals.
        about: What it was trained and measured on.
    """

    trees: str
    rule: float
    slope: float
    offset: float
    told: str
    threshold: float
    about: dict[str, Any] = field(default_factory=dict)

    def scores(self, features: Floats, child: Ints) -> Floats:
        """See `PairScorer`.

        Source: Platt (1999), Advances in Large Margin Classifiers (sigmoid with slope and offset); docs/adr/0103.
        """
        told = np.isfinite(features[:, AT["text"]]) & bool(self.told)
        odds = np.empty(len(features))
        if told.any():
            odds[told] = self._of_texts.scores(features[told])
        if not told.all():
            odds[~told] = self.slope * self.evidence(features[~told]) + self.offset
        return _chance(odds)

    def evidence(self, features: Floats) -> Floats:
        """Uncalibrated evidence of places, times and categories, shape (pairs,).

        Source: docs/adr/0103 (trees and half the rule).
        """
        rule = self.rule * weigh_features(features, LinkRule.PLACES)
        if not self.trees:
            return rule
        columns = features[:, [AT[name] for name in PLACE]]
        return rule + self._of_places.scores(columns)

    def warm(self) -> None:
        """Read the trees now, not at the first scores.

        Raises:
            ValueError: they are none.
        """
        _ = self.trees and self._of_places, self.told and self._of_texts

    @cached_property
    def _of_places(self) -> Forest:
        return Forest(self.trees)

    @cached_property
    def _of_texts(self) -> Forest:
        return Forest(self.told)

    def save(self, file: Path) -> None:
        """Write the model; see `load_pair_model`."""
        file.write_text(json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def load_pair_model(file: Path) -> TrainedScorer:
    """Read a model that `Trained.save` wrote.

    Raises:
        ValueError: it is no such file, or of another format; names the remedy.
    """
    return _read(file.read_text("utf-8"), str(file))


@lru_cache(maxsize=1)
def default_model() -> PairScorer:
    """The model that ships with the package; see its card.md. Source: src/bihuan/insight/duplicates/card.md."""
    file = resources.files("bihuan.insight.duplicates") / "default.json"
    return _read(file.read_text("utf-8"), "default.json")


def weigh_features(features: Floats, weights: dict[str, float]) -> Floats:
    """Sum of weighted features, shape (pairs,); unknown ones count for nothing.

    Source: docs/topics/duplicates.md, "How" (3).
    """
    odds = np.zeros(len(features))
    for name, weight in weights.items():
        odds += weight * np.nan_to_num(features[:, AT[name]], nan=0.0)
    return odds


def _read(text: str, name: str) -> TrainedScorer:
    try:
        found = json.loads(text)
        if found.pop("format") != FORMAT:
            raise ValueError
        model = TrainedScorer(**found)
        model.warm()
        return model
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{name} is no duplicates model of format {FORMAT}; train one: bihuan duplicates train FILE"
        ) from error


def _chance(odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return chance
