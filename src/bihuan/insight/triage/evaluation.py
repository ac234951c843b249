"""A stored model on labelled texts it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.insight.triage.grouping import groups
from bihuan.insight.triage.model import Model
from bihuan.insight.triage.training import ACCURACY, TrainingReport, report_of

UNKNOWN = -1


def judge_model(
    model: Model, texts: Sequence[str], labels: Sequence[str], accuracy: float = ACCURACY
) -> TrainingReport:
    """The figures of a model on texts it does not know; a label it never learnt counts as an error.

    Args:
        model: Any.
        texts: Labelled texts.
        labels: One per text.
        accuracy: For the coverage.

    Source: docs/topics/triage.md, "The life of a model" (figures on new labels).
    """
    number = {label: place for place, label in enumerate(model.tree.labels)}
    truth = np.array([number.get(label, UNKNOWN) for label in labels], dtype=np.int64)
    return report_of(model.probabilities(texts), truth, groups(texts), accuracy)
