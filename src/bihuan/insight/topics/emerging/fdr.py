"""Many series at once: the share of false alarms among the alarms, after Benjamini & Hochberg (1995)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values (q-values): alarm where q ≤ the share of false alarms you accept.

    Args:
        p: One p-value per series, 0 … 1. Independent or positively dependent (Benjamini & Yekutieli 2001).

    Raises:
        ValueError: a value outside 0 … 1.
    """
    values = np.asarray(p, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a p-value is not between 0 and 1")
    order = np.argsort(values)
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
