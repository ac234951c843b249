"""Which words of a text speak for its category: contributions of grams and words, summed over the text's own words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.triage.features import Space, Texts
from bihuan.insight.triage.tree import Tree

MOST = 5
SHORTEST = 2  # letters of a word worth showing: single characters are seldom readable


def pull_of(weights: NDArray[np.float32], scale: NDArray[np.float64], tree: Tree) -> NDArray[np.float64]:
    """(features, labels): how strongly a column speaks for a label against its siblings.

    Args:
        weights: (features, columns of the tree).
        scale: (columns,): what a score is multiplied by.
        tree: Labels and their levels.

    Source: docs/adr/0101 (a linear model says which words spoke).
    """
    scaled = weights * scale.astype(np.float32)
    for part in tree.slices.values():
        scaled[:, part] -= scaled[:, part].mean(axis=1, keepdims=True)
    return np.asarray(scaled @ tree.routes.astype(np.float32))


def speaking_words(
    space: Space, pull: NDArray[np.float64], batch: Texts, matrix: Any, best: NDArray[np.int64]
) -> list[tuple[str, ...]]:
    """Per text its strongest words for label `best[text]`, strongest first.

    A column's contribution is its value times (its weight for the label's path minus the mean over each node's
    other children), shared out evenly over the places where it occurs and the characters it covers.

    Args:
        space: The features.
        pull: As `pull_of` gives it.
        batch: The texts.
        matrix: Their features.
        best: Label index per text.

    Source: docs/adr/0101 (a linear model says which words spoke).
    """
    row, column, start, width = space.occurrences(batch)
    value = _values(matrix, row, column)
    share = value * pull[column, best[row]] / width
    per_place = np.zeros(len(batch.flat) + 1)
    np.add.at(per_place, start, share)
    np.add.at(per_place, start + width, -share)  # a running sum spreads each share over its characters
    running = np.concatenate([[0.0], np.cumsum(np.cumsum(per_place))])
    ends = batch.token_start + batch.token_width
    strength = running[ends] - running[batch.token_start]
    return _strongest(batch, strength)


def _values(matrix: Any, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each occurrence's part of its cell: the cell divided by how often the column occurs in the text."""
    keys = row * matrix.shape[1] + column
    found, inverse, times = np.unique(keys, return_inverse=True, return_counts=True)
    cells = np.asarray(matrix[found // matrix.shape[1], found % matrix.shape[1]]).ravel()
    return np.asarray((cells / times)[inverse])


def _strongest(batch: Texts, strength: NDArray[np.float64]) -> list[tuple[str, ...]]:
    totals: list[dict[str, float]] = [{} for _ in range(batch.count)]
    for token, row, amount in zip(batch.tokens, batch.token_row.tolist(), strength.tolist(), strict=True):
        if amount > 0 and len(token) >= SHORTEST and token[0].isalpha():
            totals[row][token] = totals[row].get(token, 0.0) + amount
    return [tuple(sorted(words, key=lambda w: (-words[w], w))[:MOST]) for words in totals]
