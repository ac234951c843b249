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
BLOCK = 4096
FEATURES = ("title", "body", "name", "name_least", "name_most", "shared", "both", "conflict", "matter", "matter_named",
            "body_named", "body_conflict", "days")  # fmt: skip


class Pairs(NamedTuple):
    """Candidate pairs: first < second, int64, one entry per pair."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def candidates(rows: Vectors, neighbours: int = NEIGHBOURS) -> Pairs:
    """Each row's nearest rows by title, body and names together, found through its heaviest terms.

    Args:
        rows: Texts in the order of time (a frequent term only links texts near each other in this order) or groups.
        neighbours: How many proposals each row makes.
    """
    whole = sp.hstack([rows.title * 0.5, rows.body * 0.5, rows.name * 0.5], format="csr", dtype=np.float32)
    heavy = _stretched(_heaviest(whole, HEAVIEST))
    other = sp.csr_matrix(heavy.T)
    found: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), BLOCK):
        block = sp.csr_matrix(heavy[start : start + BLOCK] @ other)
        near = _heaviest(block, neighbours + 1)  # the row itself is among them
        mine = np.repeat(np.arange(near.shape[0]), np.diff(near.indptr)) + start
        theirs = near.indices.astype(np.int64)
        apart = mine != theirs
        low, high = np.minimum(mine, theirs)[apart], np.maximum(mine, theirs)[apart]
        found.append(low * len(rows) + high)
    keys = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    return Pairs(keys // max(len(rows), 1), keys % max(len(rows), 1))


def features(rows: Vectors, pairs: Pairs) -> NDArray[np.float64]:
    """The measures of FEATURES for each pair; shape (pairs, len(FEATURES)).

    All are free of scale, most in 0 … 1; `days` is log(1 + days apart).
    """
    out = np.empty((len(pairs.first), len(FEATURES)))
    for start in range(0, len(pairs.first), BLOCK * 16):
        piece = slice(start, start + BLOCK * 16)
        out[piece] = _features(rows, pairs.first[piece], pairs.second[piece])
    return out


def _features(rows: Vectors, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    body, name = _inner(rows.body, rows.body, i, j), _inner(rows.name, rows.name, i, j)
    one, two = _inner(rows.part, rows.present, i, j), _inner(rows.part, rows.present, j, i)
    least, most = np.minimum(one, two), np.maximum(one, two)
    named = np.asarray(rows.named.todense()).ravel()
    day = np.asarray(rows.day.todense()).ravel()
    both = named[i] * named[j]
    matter = _inner(rows.matter, rows.matter, i, j)
    return np.column_stack([
        _inner(rows.title, rows.title, i, j), body, name, least, most, np.log1p(_inner(rows.mass, rows.once, i, j)),
        both, both * (1 - most), matter, matter * most, body * most, body * both * (1 - most),
        np.log1p(np.abs(day[i] - day[j])),
    ])  # fmt: skip


def _inner(a: sp.csr_matrix, b: sp.csr_matrix, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(a[i].multiply(b[j]).sum(axis=1), dtype=np.float64).ravel()


def _heaviest(matrix: sp.csr_matrix, count: int) -> sp.csr_matrix:
    """Each row's `count` greatest entries; ties go to the lower column."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    rank = np.arange(len(order)) - matrix.indptr[rows[order]]
    keep = order[rank < count]
    return sp.csr_matrix((matrix.data[keep], (rows[keep], matrix.indices[keep])), shape=matrix.shape)


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
