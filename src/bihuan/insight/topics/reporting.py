"""How many events go unreported, from how often the reported ones are reported twice.

After Liu, Bhandaram & Garg, "Quantifying spatial under-reporting disparities in resident crowdsourcing", Nature
Computational Science 4 (2024): duplicates measure the reporting rate without knowing what truly happened. Here the
simplest form: reports of one event are Poisson with mean λ, events without a report are unseen, so the number of
reports of a seen event is zero-truncated Poisson with mean λ / (1 − e^−λ), and the share unseen is e^−λ.

How readily people report is a property of where they live, so λ is that of a place, from all its topics; topics without
a place share one. Limits: events must be alike and the reporters independent. A place with few events says little about
λ, so its mean is drawn towards that of all places with the weight of PRIOR events, and the correction is capped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

PRIOR = 10.0
"""Events of the common mean that each place's own are added to."""
CAP = 2 / 3
"""The share unreported is never put above this: threefold is what is known to occur between neighbourhoods (ibid.)."""


def reporting_rate(mean: float) -> float:
    """λ of a zero-truncated Poisson with this mean (≥ 1); 0 for a mean of 1.

    Raises:
        ValueError: a mean below 1, which no zero-truncated count has.

    Source: David & Johnson (1952), The truncated Poisson, Biometrics 8:275.
    """
    if mean < 1:
        raise ValueError(f"mean {mean} reports per reported event: every reported event has at least one report")
    if mean == 1:
        return 0.0
    low, high = 0.0, mean
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if middle / -np.expm1(-middle) < mean else (low, middle)
    return (low + high) / 2


def chance_of_silence(reports: Sequence[Sequence[int]], places: Sequence[str] | None = None) -> list[float]:
    """The estimated share of unreported events for each topic, 0 … CAP.

    Args:
        reports: For each topic, the number of reports of each of its events.
        places: Where each topic lies, '' where unknown; None: every topic is a place of its own.

    Source: Liu, Bhandaram & Garg (2024), Nature Computational Science 4; docs/topics/topics.md, "Rank".
    """
    where = list(places) if places is not None else [str(topic) for topic in range(len(reports))]
    told: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for place, topic in zip(where, reports, strict=True):
        told[place] += sum(topic)
        seen[place] += len(topic)
    common = told.total() / seen.total() if seen.total() else 1.0
    share = {p: min(float(np.exp(-reporting_rate((told[p] + PRIOR * common) / (seen[p] + PRIOR)))), CAP) for p in seen}
    return [share[place] for place in where]
