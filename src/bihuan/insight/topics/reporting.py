"""How many events go unreported, from how often the reported ones are reported twice.

After Liu, Bhandaram & Garg, "Quantifying spatial under-reporting disparities in resident crowdsourcing", Nature
Computational Science 4 (2024): duplicates measure the reporting rate without knowing what truly happened. Here the
simplest form: reports of one event are Poisson with mean λ, events without a report are unseen, so the number of
reports of a seen event is zero-truncated Poisson with mean λ / (1 − e^−λ), and the share unseen is e^−λ.

Limits: events of one topic must be alike and the reporters independent. A campaign (one text, many senders) raises λ
and lowers the correction: intended, since it is heard already. Small topics say little about λ, so each topic's mean
is drawn towards that of all topics together with the weight of PRIOR events, and the correction is capped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PRIOR = 10.0
"""Events of the common mean that each topic's own are added to."""
CAP = 0.8
"""The share unreported is never put above this: a correction above five would be a guess."""


def rate(mean: float) -> float:
    """λ of a zero-truncated Poisson with this mean (≥ 1); 0 for a mean of 1.

    Raises:
        ValueError: a mean below 1, which no zero-truncated count has.
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


def chance_of_silence(reports: Sequence[Sequence[int]]) -> list[float]:
    """The estimated share of unreported events for each topic, 0 … CAP.

    Args:
        reports: For each topic, the number of reports of each of its events.
    """
    events = sum(len(topic) for topic in reports)
    common = sum(sum(topic) for topic in reports) / events if events else 1.0
    means = [(sum(topic) + PRIOR * common) / (len(topic) + PRIOR) for topic in reports]
    return [min(float(np.exp(-rate(mean))), CAP) for mean in means]
