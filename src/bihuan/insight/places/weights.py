"""The shipped weights, as one column."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.spans import BASES, FEATURES


@cache
def shipped_weights() -> NDArray[np.float32]:
    """One weight per feature, from `tables/weights.json`; what is not in the table weighs nothing.

    Source: src/bihuan/insight/places/card.md.
    """
    text = resources.files("bihuan.insight.places").joinpath("tables", "weights.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    weights = np.zeros(FEATURES, dtype=np.float32)
    for name, pairs in table["weights"].items():
        for value, weight in pairs:
            weights[BASES[name] + int(value)] = weight
    return weights
