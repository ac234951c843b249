"""Training and honest measuring: from reports with known parents to a model and its figures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.features import NAMES
from bihuan.insight.duplicates.model import AT, PLACE, LinkRule, PairScorer, TrainedScorer, default_model
from bihuan.insight.duplicates.reports import Floats, Ints, Reports
from bihuan.insight.duplicates.window import Window

BATCH = 1024
LEAST = 40  # named parents among the candidates; fewer teach nothing
ROUNDS = 200
RULE = 0.5  # share of the rule added to the trees; chosen on inner time folds of the first part
EVEN = 0.5  # what is more likely than not is always proposed
COVER = 0.95  # of the right first candidates that the threshold lets through
SETTINGS = {
    "objective": "binary",
    "num_leaves": 6,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
# Nearer, more alike and more often together is never evidence against a pair.
MONOTONE = {
    "metres": -1, "same_kind": 1, "lift": 1, "same_whole": 1, "same_street": 1, "house_gap": -1, "same_locality": 1,
    "nearest": -1,
}  # fmt: skip


class Compared(NamedTuple):
    """Candidate pairs of a whole file, in rows of the file.

    Args:
        child: Row of the report, shape (pairs,), ascending.
        parent: Row of its candidate.
        features: Shape (pairs, len(NAMES)).
    """

    child: Ints
    parent: Ints
    features: Floats


class ParentFigures(NamedTuple):
    """How well parents are found.

    Args:
        children: Reports whose named parent came earlier.
        top1: Share whose first candidate is the named parent.
        event: Share whose first candidate is the parent or another child of it.
        recall: Share whose parent is among the candidates.
    """

    children: int
    top1: float
    event: float
    recall: float


def candidate_pairs(reports: Reports, days: float = 60, seed: int = 1) -> Compared:
    """Candidate pairs of a file as its stream gave them: nothing later than the report is known.

    Args:
        reports: In order of time; ids unique.
        days: Of the window.
        seed: Of the window.

    Source: docs/adr/0103; nothing of what happens later enters.
    """
    window, row = Window(days, LinkRule(), seed=seed), {key: at for at, key in enumerate(reports.ids)}
    parts = []
    for cut in range(0, len(reports), BATCH):
        pairs, found = window.compare(reports.take(np.arange(cut, min(cut + BATCH, len(reports)))))
        rows = np.array([row[key] for key in window.store.ids], dtype=np.int64)
        parts.append((rows[pairs.child], rows[pairs.parent], found))
    child, parent, found = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = np.lexsort((parent, child))
    return Compared(child[order], parent[order], found[order])


def train_parents(
    compared: Compared, parents: Ints, marked: NDArray[np.bool_] | None = None, *, seed: int = 1
) -> TrainedScorer:
    """Train on reports whose parents are known.

    The trees learn which candidate is named; on the last quarter, trained on the rest, the score is calibrated to
    whether the report was a duplicate at all, and the threshold chosen. Then the trees are trained on everything.

    Args:
        compared: Of the file.
        parents: Row of each report's parent, −1 without, shape (reports,).
        marked: Reports known as duplicates, also where no parent is named; None: those with a parent.

    Raises:
        ValueError: fewer than 40 named parents are among the candidates.

    Source: Ke et al. (2017), LightGBM; sigmoid by Platt (1999); docs/adr/0103.
    """
    named = compared.parent == parents[compared.child]
    if named.sum() < LEAST:
        raise ValueError(f"only {named.sum()} named parents are among the candidates, {LEAST} are needed; "
                         "use the model that comes with the package")  # fmt: skip
    marked = parents >= 0 if marked is None else marked
    late = compared.child >= np.quantile(compared.child[named], 0.75)
    told = shipped_told()
    draft = TrainedScorer(_grow(compared, named, ~late, seed), RULE, 1.0, 0.0, told, threshold=0.0)
    evidence = draft.evidence(compared.features)
    first = _first(compared.child, evidence)
    first = first[late[first]]
    slope, offset = _platt(evidence[first], marked[compared.child[first]])
    right = evidence[first][named[first]]
    least = np.quantile(right, 1 - COVER) if len(right) else 0.0
    threshold = round(min(float(1 / (1 + np.exp(-(slope * least + offset)))), EVEN), 4)
    everything = np.ones(len(named), dtype=bool)
    return TrainedScorer(
        _grow(compared, named, everything, seed), RULE, slope, offset, told, threshold=round(min(threshold, EVEN), 4)
    )


def judge_parents(compared: Compared, parents: Ints, model: PairScorer, rows: NDArray[np.bool_]) -> ParentFigures:
    """Figures over the reports chosen by `rows`, shape (reports,), whose parent came earlier (in order of time).

    Source: src/bihuan/insight/duplicates/card.md (what top-1, event and recall mean).
    """
    asked = np.flatnonzero(rows & (parents >= 0) & (parents < np.arange(len(parents))))
    scores = model.scores(compared.features, compared.child)
    first = _first(compared.child, scores)
    best = np.full(len(parents), -1)
    best[compared.child[first]] = compared.parent[first]
    reached = np.zeros(len(parents), dtype=bool)
    reached[compared.child[compared.parent == parents[compared.child]]] = True
    right = best[asked] == parents[asked]
    sibling = (best[asked] >= 0) & (parents[best[asked]] == parents[asked])
    return ParentFigures(
        len(asked), float(right.mean()), float((right | sibling).mean()), float(reached[asked].mean())
    ) if len(asked) else ParentFigures(0, np.nan, np.nan, np.nan)  # fmt: skip


def shipped_told() -> str:
    """The trees for texts of the model that ships: parents of places teach nothing about texts."""
    shipped = default_model()
    return shipped.told if isinstance(shipped, TrainedScorer) else ""


def train_told(features: Floats, named: NDArray[np.bool_], *, seed: int = 1) -> str:
    """Trees for pairs with texts.

    Args:
        features: Shape (pairs, len(NAMES)); mix pairs with and without points and categories.
        named: Whether the pair is of one event.

    Source: Ke et al. (2017), LightGBM, with monotone constraints; docs/adr/0103.
    """
    import lightgbm

    columns = {**MONOTONE, "text": 1, "contained": 1, "common_names": 1}
    settings = {**SETTINGS, "seed": seed, "num_leaves": 12, "monotone_constraints": [columns.get(n, 0) for n in NAMES]}
    data = lightgbm.Dataset(features, named, feature_name=list(NAMES))
    return str(lightgbm.train(settings, data, ROUNDS).model_to_string())


def _grow(compared: Compared, named: NDArray[np.bool_], rows: NDArray[np.bool_], seed: int) -> str:
    import lightgbm

    columns = compared.features[rows][:, [AT[name] for name in PLACE]]
    settings = {**SETTINGS, "seed": seed, "monotone_constraints": [MONOTONE.get(name, 0) for name in PLACE]}
    data = lightgbm.Dataset(columns, named[rows], feature_name=list(PLACE))
    return str(lightgbm.train(settings, data, ROUNDS).model_to_string())


def _platt(evidence: Floats, labels: NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if labels.all() or not labels.any():
        return 1.0, 0.0
    fitted = LogisticRegression(C=1e4).fit(evidence[:, None], labels)
    return round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]), 4)


def _first(child: Ints, scores: Floats) -> Ints:
    """The pair with the best score of each child; of equals the later candidate."""
    order = np.lexsort((np.arange(len(child)), -scores, child))
    opens = np.concatenate([[True], child[order][1:] != child[order][:-1]])[: len(order)]
    first: Ints = order[opens]
    return first
