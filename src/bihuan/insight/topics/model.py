"""How sure it is that two texts belong to one topic: a logistic model whose numbers are shipped beside it.

`weights.json` holds the numbers with what they were fitted on; `card.md` says how well they do. Fitting is done by
`benchmarks/insight/topics_gold.py`; nothing of the texts is in them, only one weight per measure of likeness.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.topics.pairs import FEATURES

WEIGHTS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class PairModel:
    """Logistic model over `FEATURES`.

    Attributes:
        bias: Log-odds when every measure is 0.
        weights: Log-odds per unit of each measure, in the order of FEATURES.
    """

    bias: float
    weights: tuple[float, ...]

    def probability(self, measures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of one topic for each row of measures; shape (n, len(FEATURES)) → (n,)."""
        odds = self.bias + measures @ np.array(self.weights)
        chance: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(odds, -60, 60)))
        return chance


@cache
def shipped() -> PairModel:
    """The model of `weights.json`.

    Raises:
        ValueError: the file's measures are not those of this version.
    """
    table = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if tuple(table["weights"]) != FEATURES:
        raise ValueError(f"{WEIGHTS.name}: measures {list(table['weights'])} differ from {list(FEATURES)}; fit again")
    return PairModel(float(table["bias"]), tuple(float(w) for w in table["weights"].values()))
