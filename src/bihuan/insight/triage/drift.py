"""Has the stream of reports moved away from what the model learnt? And: is a new model better than the old?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.triage.model import Model
from bihuan.insight.triage.scores import macro_f1, mcnemar
from bihuan.insight.triage.text import normalise, words

SMALL, LARGE = 0.1, 0.25
"""Usual reading of the population stability index: below .1 stable, above .25 shifted (Siddiqi 2006)."""
MARGIN = 0.005
LEVEL = 0.05


@dataclass(frozen=True)
class Drift:
    """One month against the reference.

    Args:
        month: `2026-11`, or `` for the reference.
        rows: Reports.
        class_psi: Population stability index of the predicted categories.
        unknown_words: Share of words the model never saw.
        confidence: Mean of the best guess.
        decided: Share decided without a person.
        overruled: Share of answered suggestions that a person changed; None without answers.
        verdict: stable, watch or retrain.
    """

    month: str
    rows: int
    class_psi: float
    unknown_words: float
    confidence: float
    decided: float
    overruled: float | None
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def psi(reference: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Population stability index of two distributions over the same classes; counts, smoothed by half a count.

    Source: Siddiqi (2006), Credit Risk Scorecards (population stability index).
    """
    first = (reference + 0.5) / (reference + 0.5).sum()
    second = (now + 0.5) / (now + 0.5).sum()
    return float(np.sum((second - first) * np.log(second / first)))


def measure_drift(
    model: Model, texts: Sequence[str], months: Sequence[str], labels: Sequence[str] | None = None
) -> list[Drift]:
    """The report, one entry per month, the first month being the reference.

    Args:
        model: The one in use.
        texts: Reports.
        months: Of each report, as `YYYY-MM`; sorted as text.
        labels: What people finally filed them under, where known ('' where not).

    Source: docs/topics/triage.md, "The life of a model" (monthly drift).
    """
    found: list[Drift] = []
    chances = model.probabilities(texts)
    guess, confidence = chances.argmax(axis=1), chances.max(axis=1)
    stamp, known = np.asarray(months), set(model.space.words)
    reference: NDArray[np.float64] | None = None
    for month in sorted(set(months)):
        at = [int(i) for i in np.flatnonzero(stamp == month)]
        counts = np.bincount(guess[at], minlength=len(model.tree.labels)).astype(float)
        reference = counts if reference is None else reference
        shift = psi(reference, counts)
        said = [(labels[i], model.tree.labels[guess[i]]) for i in at if labels[i]] if labels else []
        overruled = sum(final != first for final, first in said) / len(said) if said else None
        found.append(
            Drift(
                month,
                len(at),
                shift,
                _unknown([texts[i] for i in at], known),
                float(confidence[at].mean()),
                float((confidence[at] >= model.threshold).mean()),
                overruled,
                "retrain" if shift > LARGE else "watch" if shift > SMALL else "stable",
            )
        )
    return found


def _unknown(texts: Sequence[str], known: set[str]) -> float:
    said = [word for text in texts for word in words(normalise(text)) if word[0].isalnum()]
    return sum(word not in known for word in said) / max(1, len(said))


class Shadow(NamedTuple):
    """A candidate beside the model in use, on the same labelled texts.

    Args:
        rows: Texts.
        candidate: Its macro-F1 and accuracy.
        current: Those of the model in use.
        p_value: McNemar's test that both err equally often.
        refused: Why it must not be promoted; '' when it may.
    """

    rows: int
    candidate: tuple[float, float]
    current: tuple[float, float]
    p_value: float
    refused: str


def compare_in_shadow(
    candidate: Model, current: Model, texts: Sequence[str], labels: Sequence[str], margin: float = MARGIN
) -> Shadow:
    """Compare two models; the candidate is refused when it is worse by more than the margin, or worse for certain.

    Args:
        candidate: The new one.
        current: The one in use.
        texts: Labelled texts that neither was trained on.
        labels: Their labels.
        margin: How much macro-F1 it may lose.

    Source: McNemar (1947), Psychometrika 12:153; docs/topics/triage.md, "The life of a model".
    """
    truth = np.asarray(labels)
    figures, right = [], []
    for model in (candidate, current):
        guess = np.asarray(model.tree.labels)[model.probabilities(texts).argmax(axis=1)]
        figures.append((macro_f1(truth, guess), float(np.mean(guess == truth))))
        right.append(guess == truth)
    p_value = mcnemar(right[0], right[1])
    refused = ""
    if figures[0][0] < figures[1][0] - margin:
        refused = f"macro-F1 {figures[0][0]:.3f} is more than {margin} below {figures[1][0]:.3f}"
    elif figures[0][1] < figures[1][1] and p_value < LEVEL:
        refused = f"accuracy {figures[0][1]:.3f} is below {figures[1][1]:.3f} (McNemar p = {p_value:.3f})"
    return Shadow(len(texts), figures[0], figures[1], p_value, refused)
