"""How sure it is that two texts belong to one topic: small boosted trees whose numbers are shipped beside it.

`weights.json` holds the trees with what they were fitted on; `card.md` says how well they do. Fitting is done by
`benchmarks/insight/topics_gold.py`; nothing of the texts is in them, only thresholds on measures of likeness. Each
measure may only speak in one direction (more likeness is never less reason), `both` excepted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.topics.pairs import FEATURES

if TYPE_CHECKING:
    import lightgbm

WEIGHTS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class PairModel:
    """Boosted trees over `FEATURES`.

    Attributes:
        trees: As LightGBM writes a model.
    """

    trees: str

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def probability(self, measures: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probability of one topic for each row of measures; shape (n, len(FEATURES)) → (n,).

        Source: Ke et al. (2017), LightGBM; src/bihuan/insight/topics/card.md.
        """
        if not len(measures):
            return np.zeros(0)
        chance: NDArray[np.float64] = np.asarray(self._booster.predict(measures, num_threads=1), dtype=np.float64)
        return chance


@cache
def shipped_pair_model() -> PairModel:
    """The model of `weights.json`.

    Raises:
        ValueError: the file's measures are not those of this version.

    Source: src/bihuan/insight/topics/card.md.
    """
    table = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if tuple(table["measures"]) != FEATURES:
        raise ValueError(f"{WEIGHTS.name}: measures {table['measures']} differ from {list(FEATURES)}; fit again")
    return PairModel("\n".join(table["trees"]))
