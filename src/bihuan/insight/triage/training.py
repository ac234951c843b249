"""From labelled texts to a calibrated model with a threshold that holds on texts it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.triage.features import Space, fit_space, stack_features
from bihuan.insight.triage.fitting import MEMBERS, Tone, calibrate_scores, fit_matters, fit_node, fit_tone
from bihuan.insight.triage.grouping import groups
from bihuan.insight.triage.model import Model
from bihuan.insight.triage.scores import Coverage, calibration_error, coverage_at, curve, macro_f1
from bihuan.insight.triage.tree import ROOT, Tree

ACCURACY = 0.975
FOLDS = 5
NEVER = 1.01  # a threshold that no confidence reaches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Fitted = tuple[Floats, Floats, Floats]
"""Slope (members, columns), offset (columns,) and noise (columns,)."""


@dataclass(frozen=True)
class Raw:
    """Weights before calibration: the rows of grams and words are one member's, those of matters the other's.

    Args:
        space: The features.
        weights: (features, columns of the tree).
        offset: (members, columns).
    """

    space: Space
    weights: NDArray[np.float32]
    offset: Floats

    @property
    def cut(self) -> int:
        """The first row of the matters."""
        return self.space.edges[2]

    def scores(self, texts: Sequence[str]) -> Floats:
        """(members, texts, columns of the tree)."""
        matrix = stack_features(self.space, texts)
        parts = matrix[:, : self.cut] @ self.weights[: self.cut], matrix[:, self.cut :] @ self.weights[self.cut :]
        return np.stack(parts).astype(np.float64) + self.offset[:, None, :]

    def model(self, tree: Tree, fitted: Fitted, tone: Tone, threshold: float, accuracy: float) -> Model:
        """Both members as one linear model."""
        slope, offset, noise = fitted
        weights = self.weights.copy()
        weights[self.cut :] *= (slope[1] / slope[0]).astype(np.float32)
        bias = (self.offset * slope).sum(axis=0) + offset
        return Model(self.space, tree, weights, bias, slope[0], noise, threshold, accuracy, tone)


class TrainingReport(NamedTuple):
    """Out-of-fold figures; the calibration is cross-fitted too, so that no text is judged by itself or its twin.

    Args:
        rows: Texts judged.
        groups: Groups of near-duplicates among them.
        macro_f1: Unweighted over the labels.
        accuracy: Of the best guess.
        ece_mass: Calibration error in 15 bins of equal size.
        ece_width: In 15 bins of equal width.
        coverage: What may be decided at the stated accuracy.
        curve: Accuracy of the most confident 10 % … 100 %.
    """

    rows: int
    groups: int
    macro_f1: float
    accuracy: float
    ece_mass: float
    ece_width: float
    coverage: Coverage
    curve: list[Coverage]


class TrainingResult(NamedTuple):
    """A model and what it showed on texts it had not seen."""

    model: Model
    report: TrainingReport | None


def train_triage(texts: Sequence[str], labels: Sequence[str], *, accuracy: float = ACCURACY, seed: int = 0) -> Model:
    """`fit_triage` without the report."""
    return fit_triage(texts, labels, accuracy=accuracy, seed=seed).model


def fit_triage(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    accuracy: float = ACCURACY,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> TrainingResult:
    """Train on labelled texts, calibrate on grouped out-of-fold scores.

    Args:
        texts: One per report.
        labels: Plain names, dotted codes or `A/B/C` paths, one per text.
        accuracy: What the decided ones should reach on unseen texts.
        seed: For folds and solvers.
        tell: Called with a line about each step.

    Returns:
        The model, and its report; None when there are too few texts for folds (then nothing is ever decided).

    Raises:
        ValueError: texts and labels differ in number, or fewer than two different labels.

    Source: docs/adr/0101 (grouped out-of-fold scores); docs/topics/triage.md, "What a confidence means".
    """
    if len(texts) != len(labels):
        raise ValueError(f"{len(texts)} texts and {len(labels)} labels")
    tree = Tree.of(labels)
    if len(tree.labels) < 2:
        raise ValueError("two or more different labels are needed")
    together = groups(texts, seed)
    parts = grouped_folds(labels, together, FOLDS, seed)
    tell(f"{len(texts)} texts, {len(set(together.tolist()))} groups, {len(tree.labels)} categories")
    raw = fit_raw(texts, labels, tree, seed)
    count = len(tree.columns)
    if not parts:
        plain = np.ones((MEMBERS, count)), np.zeros(count), np.zeros(count)
        return TrainingResult(raw.model(tree, plain, Tone(), NEVER, accuracy), None)
    held = np.zeros((MEMBERS, len(texts), count))
    for number, (learn, judge) in enumerate(parts):
        part = fit_raw([texts[i] for i in learn], [labels[i] for i in learn], tree, seed)
        held[:, judge] = part.scores([texts[i] for i in judge])
        tell(f"fold {number + 1} of {len(parts)}")
    fitted = calibrate_nodes(tree, held, labels, np.arange(len(texts)))
    chances, truth = fold_chances(tree, held, labels, parts), label_numbers(tree, labels)
    tone = fit_tone(chances.max(axis=1), chances.argmax(axis=1) == truth)
    report = report_of(fold_tones(chances, truth, parts), truth, together, accuracy)
    threshold = report.coverage.threshold if report.coverage.coverage else NEVER
    return TrainingResult(raw.model(tree, fitted, tone, threshold, accuracy), report)


def grouped_folds(labels: Sequence[str], together: Ints, wanted: int, seed: int) -> list[tuple[Ints, Ints]]:
    """Stratified folds that never part a group: (learn, judge) each; none for very few texts.

    Source: docs/adr/0101 (grouped folds: near-duplicates together).
    """
    names = np.unique(np.asarray(labels), return_inverse=True)[1]
    most = int(np.bincount(names).max())
    if len(labels) < 2 * wanted or most < wanted or len(np.unique(together)) < wanted:
        return []
    from sklearn.model_selection import StratifiedGroupKFold

    cut = StratifiedGroupKFold(wanted, shuffle=True, random_state=seed)
    return [(learn, judge) for learn, judge in cut.split(names, names, together) if len(judge)]


def fit_raw(texts: Sequence[str], labels: Sequence[str], tree: Tree, seed: int) -> Raw:
    """Features and weights of every decision of the tree."""
    space = fit_space(texts)
    matrix = stack_features(space, texts)
    raw = Raw(space, np.zeros((space.width, len(tree.columns)), np.float32), np.zeros((MEMBERS, len(tree.columns))))
    for node, part in tree.slices.items():
        rows, targets = node_members(tree, labels, node)
        if len(rows):
            told = targets, part.stop - part.start, seed
            raw.weights[: raw.cut, part], raw.offset[0, part] = fit_node(matrix[rows][:, : raw.cut], *told)
            raw.weights[raw.cut :, part], raw.offset[1, part] = fit_matters(matrix[rows][:, raw.cut :], *told)
    return raw


def node_members(tree: Tree, labels: Sequence[str], node: str) -> tuple[Ints, Ints]:
    """Which texts pass through a node, and which child (by its number) each goes to."""
    children = {child: number for number, child in enumerate(tree.children[node])}
    rows, targets = [], []
    for number, label in enumerate(labels):
        path = [ROOT, *tree.paths[label]]
        if node in path[:-1]:
            rows.append(number)
            targets.append(children[path[path.index(node) + 1]])
    return np.array(rows, dtype=np.int64), np.array(targets, dtype=np.int64)


def calibrate_nodes(tree: Tree, scores: Floats, labels: Sequence[str], among: Ints) -> Fitted:
    """Slope per member, offset and noise per column, from the out-of-fold scores of the texts numbered in `among`.

    Source: Guo, Pleiss, Sun & Weinberger (2017), ICML (vector scaling); docs/adr/0101.
    """
    count = len(tree.columns)
    slope, offset, noise = np.ones((MEMBERS, count)), np.zeros(count), np.zeros(count)
    some = [labels[i] for i in among]
    for node, part in tree.slices.items():
        rows, targets = node_members(tree, some, node)
        if len(rows):
            found = calibrate_scores(scores[:, among[rows]][:, :, part], targets)
            slope[:, part], offset[part], noise[part] = found.slope[:, None], found.offset, found.noise
    return slope, offset, noise


def label_numbers(tree: Tree, labels: Sequence[str]) -> Ints:
    """The number of each label."""
    number = {label: place for place, label in enumerate(tree.labels)}
    return np.array([number[label] for label in labels], dtype=np.int64)


def fold_chances(tree: Tree, scores: Floats, labels: Sequence[str], parts: list[tuple[Ints, Ints]]) -> Floats:
    """Probabilities (texts, labels) of out-of-fold scores, each fold calibrated by the others.

    Source: docs/topics/triage.md, "What a confidence means" (never judged by a model that saw it).
    """
    chances = np.zeros((len(labels), len(tree.labels)))
    for learn, judge in parts:
        slope, offset, noise = calibrate_nodes(tree, scores, labels, learn)
        logits = (scores[:, judge] * slope[:, None, :]).sum(axis=0) + offset
        chances[judge] = np.exp(tree.label_scores(logits, noise))
    return chances


def fold_tones(chances: Floats, truth: Ints, parts: list[tuple[Ints, Ints]]) -> Floats:
    """The same with the best guess's confidence set right, each fold by the others.

    Source: docs/topics/triage.md, "What a confidence means".
    """
    found = chances.copy()
    right = chances.argmax(axis=1) == truth
    for learn, judge in parts:
        found[judge] = fit_tone(chances[learn].max(axis=1), right[learn]).set(chances[judge])
    return found


def report_of(chances: Floats, truth: Ints, together: Ints, accuracy: float) -> TrainingReport:
    """The figures of probabilities: (texts, labels) against label numbers.

    Source: docs/topics/triage.md, "What a confidence means".
    """
    guess, confidence = chances.argmax(axis=1), chances.max(axis=1)
    right = guess == truth
    return TrainingReport(
        rows=len(truth),
        groups=len(np.unique(together)),
        macro_f1=macro_f1(truth, guess),
        accuracy=float(np.mean(right)),
        ece_mass=calibration_error(confidence, right),
        ece_width=calibration_error(confidence, right, equal_mass=False),
        coverage=coverage_at(confidence, right, accuracy),
        curve=curve(confidence, right),
    )
