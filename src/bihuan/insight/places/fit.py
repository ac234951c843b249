"""Learning the weights from hand labels: a maximum-entropy choice among the spans of each text.

The log-likelihood of the labelled span (or of "no place") against all other spans of its text, with a squared penalty,
maximised by L-BFGS (Berger et al. 1996 for the model; SciPy for the optimiser). Only numbers come out: every feature is
a class of word, an ending's kind, a length or a count, never a word of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from bihuan.insight.places import spans as s
from bihuan.insight.places.normalise import fold_text
from bihuan.insight.places.repeats import Repeats
from bihuan.insight.places.tokens import tokenise, weigh_words
from bihuan.insight.places.words import word_memory

PENALTY = 1.0
PAIRED = 0.3  # scale of templates with more than 100 values: a rare pair should not outweigh its parts
MANY = 100
ITERATIONS = 100  # the loss moves by less than a thousandth after that


def fold_line(text: str) -> str:
    """Folded, on one line."""
    return fold_text(text)[0].replace("\n", " ").replace("\r", " ")


@dataclass(frozen=True)
class SpanDesign:
    """Candidates of labelled texts as a sparse matrix.

    Attributes:
        matrix: candidates × features, already scaled.
        text: Text of each candidate; the last one of each text is "no place".
        start: Offset of each candidate in its folded text, -1 for "no place".
        end: Offset behind it.
    """

    matrix: Any
    text: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    @property
    def texts(self) -> int:
        """How many texts the candidates are of."""
        return int(self.text.max()) + 1


def feature_scale() -> NDArray[np.float64]:
    """The scale of each feature."""
    scaled = np.ones(s.FEATURES)
    edges = [*s.BASES.values(), s.FEATURES]
    for low, high in pairwise(edges):
        if high - low > MANY:
            scaled[low:high] = PAIRED
    return scaled


def build_design(texts: Sequence[str], beside: Sequence[str] = ()) -> SpanDesign:
    """All candidates of `texts`; `beside` are further texts of the same file, which only add to the counts.

    Source: docs/adr/0102 (all runs of words and "no place").
    """
    folded = [fold_line(text) for text in texts]
    tokens = weigh_words([tokenise(folded, word_memory())])[0]
    spans = s.enumerate_spans(tokens)
    repeats = Repeats([*folded, *(fold_line(text) for text in beside)])
    features = s.word_features(tokens)
    count, row = len(spans.text), np.arange(len(spans.text))
    lengths = spans.last - spans.first
    inner = np.repeat(row, lengths)
    word = spans.first[inner] + np.arange(len(inner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    blocks = [
        (row, features["start"][spans.first]),
        (row, features["end"][spans.last]),
        (row, s.span_features(tokens, spans, repeats)),
        (inner, features["inside"][word]),
        (np.maximum(tokens.text, 0) + count, features["bag"]),
        (np.arange(len(texts)) + count, s.none_features(tokens)),
    ]
    rows = np.concatenate([np.repeat(at, block.shape[1]) for at, block in blocks])
    columns = np.concatenate([block.ravel() for _, block in blocks])
    shape = (count + len(texts), s.FEATURES)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape) @ sparse.diags(
        feature_scale()
    )
    ends = np.append(tokens.starts[1:], len(tokens.joined))
    none = np.full(len(texts), -1)
    text = np.concatenate([spans.text, np.arange(len(texts))]).astype(np.int64)
    start = np.concatenate([tokens.starts[spans.first] - tokens.first[spans.text], none]).astype(np.int64)
    end = np.concatenate([ends[spans.last] - tokens.first[spans.text], none]).astype(np.int64)
    order = np.argsort(text, kind="stable")
    return SpanDesign(matrix.tocsr()[order], text[order], start[order], end[order])


def join_designs(first: SpanDesign, second: SpanDesign) -> SpanDesign:
    """Both designs as one, the texts of the second behind those of the first."""
    matrix = sparse.vstack([first.matrix, second.matrix]).tocsr()
    columns = [np.concatenate(pair) for pair in ((first.start, second.start), (first.end, second.end))]
    return SpanDesign(matrix, np.concatenate([first.text, second.text + first.texts]), *columns)


def label_rows(made: SpanDesign, labels: Sequence[tuple[int, int] | None]) -> NDArray[np.int64]:
    """The row of each text's label; -1 where the label is no candidate (it is then not learnt from)."""
    rows = {
        key: i for i, key in enumerate(zip(made.text.tolist(), made.start.tolist(), made.end.tolist(), strict=True))
    }
    return np.array([rows.get((i, *(label or (-1, -1))), -1) for i, label in enumerate(labels)], dtype=np.int64)


def fit_weights(made: SpanDesign, gold: NDArray[np.int64], penalty: float = PENALTY) -> NDArray[np.float64]:
    """The weight of each feature.

    Args:
        made: The candidates.
        gold: Row of each text's label; -1: the text is left out.
        penalty: Factor of the squared weights.

    Source: Berger, Della Pietra & Della Pietra (1996), Computational Linguistics 22:39; L-BFGS: Liu & Nocedal (1989).
    """
    used = np.unique(made.matrix.indices)
    matrix = made.matrix[:, used].tocsr()
    turned = matrix.T.tocsr()
    begins = np.searchsorted(made.text, np.arange(made.texts))
    kept = gold >= 0
    rows = kept[made.text]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = matrix @ weights
        top = np.maximum.reduceat(score, begins)
        grown = np.exp(score - top[made.text])
        total = np.add.reduceat(grown, begins)
        off = np.where(rows, grown / total[made.text], 0.0)
        off[gold[kept]] -= 1
        value = float((top + np.log(total) - score[np.where(kept, gold, 0)])[kept].sum())
        return value + penalty * float(weights @ weights), turned @ off + 2 * penalty * weights

    found = minimize(loss, np.zeros(len(used)), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    weights = np.zeros(s.FEATURES)
    weights[used] = found.x
    return weights * feature_scale()


def best_spans(made: SpanDesign, weights: NDArray[np.float64]) -> list[tuple[int, int] | None]:
    """The most probable span of each text, by the weights `fit_weights` returned. Source: docs/adr/0102."""
    inverse = weights / feature_scale()
    score = made.matrix @ inverse
    begins = np.append(np.searchsorted(made.text, np.arange(made.texts)), len(score))
    rows = [int(low + np.argmax(score[low:high])) for low, high in pairwise(begins)]
    return [None if made.start[row] < 0 else (int(made.start[row]), int(made.end[row])) for row in rows]


def compact_weights(weights: NDArray[np.float64], least: float = 0.01) -> dict[str, list[list[float]]]:
    """Weights by template: [value of the feature, weight], those below `least` left out."""
    edges = [*s.BASES.values(), s.FEATURES]
    return {
        name: [[int(i), round(float(weights[low + i]), 3)] for i in range(high - low) if abs(weights[low + i]) >= least]
        for name, low, high in zip(s.BASES, edges, edges[1:], strict=False)
    }
