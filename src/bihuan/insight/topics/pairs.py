"""Which texts may belong together, and the measures of likeness of each such pair."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bihuan.insight.topics.vectors import Vectors

HEAVIEST = 30
"""Terms of a text that propose neighbours: its heaviest."""
STRETCH = 200
"""A frequent term proposes only among this many texts in a row; bounds the work at n × HEAVIEST × STRETCH."""
NEIGHBOURS = 30
SAME_HAND = 5
"""An author's text is a candidate with this many of the author's next ones."""
FAINT = 0.02
"""Proposals less alike than this (mean of three cosines over heavy terms, times 3/4) are not looked at again."""
CROWD = 10
BLOCK = 4096
FEATURES = ("title", "title_above", "body", "word", "rarest", "name_least", "name_most", "shared", "both", "matter",
            "author", "days")  # fmt: skip


class TextPairs(NamedTuple):
    """Candidate pairs: first < second, int64, one entry per pair."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def propose_pairs(rows: Vectors, neighbours: int = NEIGHBOURS) -> TextPairs:
    """Each row's nearest rows by title, body and names together, found through its heaviest terms; and by author.

    Args:
        rows: Texts in the order of time (a frequent term only links texts near each other in this order).
        neighbours: How many proposals each row makes.

    Source: docs/topics/topics.md, "How a topic is found" (2).
    """
    whole = sp.hstack([rows.title * 0.5, rows.body * 0.5, rows.name * 0.5], format="csr", dtype=np.float32)
    heavy = _stretched(_heaviest(whole, HEAVIEST))
    other = sp.csr_matrix(heavy.T)
    found = [_by_author(rows)]
    for start in range(0, len(rows), BLOCK):
        block = sp.csr_matrix(heavy[start : start + BLOCK] @ other)
        near = _heaviest(_above(block, FAINT), neighbours + 1)  # the row itself is among them
        mine = np.repeat(np.arange(near.shape[0]), np.diff(near.indptr)) + start
        theirs = near.indices.astype(np.int64)
        apart = mine != theirs
        low, high = np.minimum(mine, theirs)[apart], np.maximum(mine, theirs)[apart]
        found.append(low * len(rows) + high)
    keys = np.unique(np.concatenate(found))
    return TextPairs(keys // max(len(rows), 1), keys % max(len(rows), 1))


def measure_crowding(rows: Vectors, pairs: TextPairs) -> NDArray[np.float64]:
    """How alike each row's title is to its CROWD most alike candidates, on average; shape (rows,).

    A title like many others (请加快…建设) needs more likeness than one that stands alone.

    Source: docs/adr/0104.
    """
    alike = np.concatenate([pair_products(rows.title, rows.title, *piece) for piece in _pieces(pairs)] or [np.zeros(0)])
    both = (np.concatenate([pairs.first, pairs.second]), np.concatenate([pairs.second, pairs.first]))
    table = sp.csr_matrix((np.concatenate([alike, alike]), both), shape=(len(rows), len(rows)))
    mean: NDArray[np.float64] = np.asarray(_heaviest(table, CROWD).sum(axis=1)).ravel() / CROWD
    return mean


def measure_pairs(rows: Vectors, pairs: TextPairs, crowd: NDArray[np.float64]) -> NDArray[np.float32]:
    """The measures of FEATURES for each pair; shape (pairs, len(FEATURES)).

    All are free of scale, most in 0 … 1; `days` is log(1 + days apart), `author` one over the number of the author's
    other texts (who wrote twice meant the same thing; who writes daily may not).

    Args:
        rows: The texts.
        pairs: Any pairs of them.
        crowd: As `measure_crowding` returns it.

    Source: docs/topics/topics.md, "How a topic is found" (3).
    """
    parts = [_measured(rows, first, second, crowd) for first, second in _pieces(pairs)]
    return np.vstack(parts) if parts else np.empty((0, len(FEATURES)), dtype=np.float32)


def _measured(
    rows: Vectors, i: NDArray[np.int64], j: NDArray[np.int64], crowd: NDArray[np.float64]
) -> NDArray[np.float32]:
    title = pair_products(rows.title, rows.title, i, j)
    one, two = pair_products(rows.part, rows.present, i, j), pair_products(rows.part, rows.present, j, i)
    words = sp.csr_matrix(rows.word[i].multiply(rows.word[j]))
    best = sp.csr_matrix((rows.word_idf[words.indices], words.indices, words.indptr), shape=words.shape)
    count = np.bincount(rows.author[rows.author >= 0], minlength=1)
    same = (rows.author[i] == rows.author[j]) & (rows.author[i] >= 0)
    return np.column_stack([
        title,
        title - (crowd[i] + crowd[j]) / 2,
        pair_products(rows.body, rows.body, i, j),
        np.asarray(words.sum(axis=1)).ravel(),
        best.max(axis=1).toarray().ravel(),
        np.minimum(one, two),
        np.maximum(one, two),
        np.log1p(pair_products(rows.mass, rows.once, i, j)),
        rows.named[i] & rows.named[j],
        pair_products(rows.matter, rows.matter, i, j),
        np.where(same, 1.0 / np.maximum(count[rows.author[i]] - 1, 1), 0.0),
        np.log1p(np.abs(rows.day[i] - rows.day[j])),
    ]).astype(np.float32)  # fmt: skip


def _pieces(pairs: TextPairs) -> list[TextPairs]:
    size = BLOCK * 16
    return [TextPairs(pairs.first[k : k + size], pairs.second[k : k + size]) for k in range(0, len(pairs.first), size)]


def _by_author(rows: Vectors) -> NDArray[np.int64]:
    """Keys of pairs of texts of one author that follow each other closely."""
    known = np.flatnonzero(rows.author >= 0)
    ordered = known[np.argsort(rows.author[known], kind="stable")]
    found = [np.empty(0, dtype=np.int64)]
    for step in range(1, SAME_HAND + 1):
        same = rows.author[ordered[step:]] == rows.author[ordered[:-step]]
        found.append(ordered[:-step][same] * len(rows) + ordered[step:][same])
    return np.concatenate(found)


def pair_products(
    a: sp.csr_matrix, b: sp.csr_matrix, i: NDArray[np.int64], j: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Products of rows i of one matrix with rows j of another, pair by pair."""
    return np.asarray(a[i].multiply(b[j]).sum(axis=1), dtype=np.float64).ravel()


def _above(matrix: sp.csr_matrix, least: float) -> sp.csr_matrix:
    keep = matrix.data >= least
    before = np.concatenate([[0], np.cumsum(keep)])
    return sp.csr_matrix((matrix.data[keep], matrix.indices[keep], before[matrix.indptr]), shape=matrix.shape)


def _heaviest(matrix: sp.csr_matrix, count: int) -> sp.csr_matrix:
    """Each row's `count` greatest entries (0 … 1, told apart to 2^-24); ties go to the one stored first."""
    kept = [_heaviest_of(matrix, k, min(k + BLOCK, matrix.shape[0]), count) for k in range(0, matrix.shape[0], BLOCK)]
    keep = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
    rows = np.searchsorted(matrix.indptr, keep, side="right") - 1
    before = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=matrix.shape[0]))])
    return sp.csr_matrix((matrix.data[keep], matrix.indices[keep], before), shape=matrix.shape)


def _heaviest_of(matrix: sp.csr_matrix, first: int, last: int, count: int) -> NDArray[np.int64]:
    """Where the kept entries of some rows are stored. One sort of whole numbers: row, value downwards, place."""
    start, end = int(matrix.indptr[first]), int(matrix.indptr[last])
    length = np.diff(matrix.indptr[first : last + 1])
    row = np.repeat(np.arange(last - first, dtype=np.uint64), length)
    value = ((1 - np.clip(matrix.data[start:end], 0, 1)) * ((1 << 24) - 1)).astype(np.uint64)
    place = np.arange(end - start, dtype=np.uint64)
    key = np.sort((row << np.uint64(52)) | (value << np.uint64(28)) | place)
    rank = np.arange(len(key)) - np.repeat(np.cumsum(length) - length, length)
    keep: NDArray[np.int64] = (key[rank < count] & np.uint64((1 << 28) - 1)).astype(np.int64) + start
    return np.sort(keep)


def _stretched(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Columns longer than STRETCH are cut into columns of their own, each over rows that follow each other."""
    by_column = matrix.tocsc()
    by_column.sort_indices()
    length = np.diff(by_column.indptr)
    place = np.arange(by_column.nnz) - np.repeat(by_column.indptr[:-1], length)
    pieces = np.maximum(-(-length // STRETCH), 1)
    first = np.concatenate([[0], np.cumsum(pieces)])
    columns = np.repeat(first[:-1], length) + place // STRETCH
    shape = (matrix.shape[0], int(first[-1]))
    return sp.csr_matrix((by_column.data, (by_column.indices, columns)), shape=shape)
