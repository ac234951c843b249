"""Texts as sparse vectors: the title's characters, the body, the names, and the matter beside the names.

All measures of likeness used later are inner products of these rows, so the likeness of two groups of texts is the
product of their mean rows: the exact average over all pairs, without forming them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bihuan.insight.topics.grams import gram_counts
from bihuan.insight.topics.names import Said, plain, take_apart

CUT = 400
"""Characters read of each body."""
FREQUENT = 0.2
"""A body word in more than a fifth of the texts says nothing about any of them."""


@dataclass(frozen=True)
class Vectors:
    """One row per text (or, after `grouped`, one mean row per group).

    Attributes:
        title: Characters 2–4 of the title, TF-IDF, unit length.
        body: Words of two characters or more in the body, TF-IDF, unit length.
        name: Characters 2–3 of the names, weighted by IDF^1.5, unit length.
        part: The same, summing to one: a row's product with `present` is the share of a name found in another text.
        mass: The same, not scaled except by the greatest weight possible.
        once: Which name n-grams the title's names hold, 0/1.
        present: Which name n-grams of anybody occur anywhere in the text, 0/1.
        matter: Words beside the names, TF-IDF, unit length.
        named: 1 where the title holds a name; shape (n, 1).
        day: When, in days since 1970; shape (n, 1). Without times 0 for all, which says nothing for or against.
    """

    title: sp.csr_matrix
    body: sp.csr_matrix
    name: sp.csr_matrix
    part: sp.csr_matrix
    mass: sp.csr_matrix
    once: sp.csr_matrix
    present: sp.csr_matrix
    matter: sp.csr_matrix
    named: sp.csr_matrix
    day: sp.csr_matrix

    def __len__(self) -> int:
        return int(self.title.shape[0])

    def grouped(self, groups: NDArray[np.int64]) -> Vectors:
        """Mean rows by group.

        Args:
            groups: Group 0 … g-1 of each row.
        """
        count = np.bincount(groups)
        weight = 1.0 / count[groups]
        mean = sp.csr_matrix((weight, (groups, np.arange(len(groups)))), shape=(len(count), len(groups)))
        means = {f.name: sp.csr_matrix(mean @ getattr(self, f.name)) for f in fields(self)}
        return Vectors(**{name: rows if name == "day" else rows.astype(np.float32) for name, rows in means.items()})


def vectors(
    titles: Sequence[str], bodies: Sequence[str], days: NDArray[np.float64] | None = None
) -> tuple[Vectors, list[Said]]:
    """The vectors of some texts, and what each title was taken apart into.

    Args:
        titles: One per text.
        bodies: One per text; the first CUT characters are read.
        days: Days since 1970, no NaN; None for unknown.
    """
    heads = [plain(title) for title in titles]
    texts = [plain(body) for body in bodies]
    said = [take_apart(head) for head in heads]
    whole = [f"{head}\n{text}" for head, text in zip(heads, texts, strict=True)]
    name = _binary(gram_counts(["\n".join(s.names) for s in said], (2, 3)))
    everywhere = _binary(gram_counts(whole, (2, 3)))
    used = np.flatnonzero(np.asarray(name.sum(axis=0)).ravel())
    name, present = _columns(name, used), _columns(everywhere, used)
    present = _binary(sp.csr_matrix(present + name))
    idf = _idf(present) ** 1.5
    mass = _times(name, idf)
    top = max(float(np.log(max(len(heads), 2))) ** 1.5, 1e-9)
    built = Vectors(
        title=_weighted(gram_counts(heads, (2, 3, 4)), share=1.0),
        body=_weighted(_words([_long_words(text) for text in texts]), share=FREQUENT),
        name=_unit(mass),
        part=_scaled(mass, np.asarray(mass.sum(axis=1)).ravel()),
        mass=sp.csr_matrix(mass / top),
        once=name,
        present=present,
        matter=_weighted(_words([s.matter for s in said]), share=1.0),
        named=sp.csr_matrix(np.array([[1.0 if s.names else 0.0] for s in said], dtype=np.float32)),
        day=sp.csr_matrix(np.zeros((len(heads), 1)) if days is None else days[:, None]),
    )
    return built, said


def _long_words(text: str) -> list[str]:
    import rjieba

    return [word for word in rjieba.cut(text[:CUT]) if len(word) > 1]


def _words(rows: Sequence[Sequence[str]]) -> sp.csr_matrix:
    place: dict[str, int] = {}
    columns = [place.setdefault(word, len(place)) for row in rows for word in row]
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    shape = (len(rows), max(len(place), 1))
    return sp.csr_matrix((np.ones(len(columns), dtype=np.float32), (owners, columns)), shape=shape)


def _weighted(counts: sp.csr_matrix, share: float) -> sp.csr_matrix:
    """TF-IDF with logarithmic term frequency, rows of unit length; columns in more than `share` of the rows go.

    Columns of a single row go only after the lengths are known: they meet nothing in a product, but a text full of
    words of its own is not like another one merely because the few words that are left agree.
    """
    rows = max(counts.shape[0], 1)
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = _columns(counts, np.flatnonzero((found > 0) & (found <= max(share * rows, 10))))
    kept.data = 1 + np.log(kept.data)
    unit = _unit(_times(kept, _idf(kept)))
    return _columns(unit, np.flatnonzero(np.bincount(unit.indices, minlength=unit.shape[1]) > 1))


def _columns(matrix: sp.csr_matrix, keep: NDArray[np.int64]) -> sp.csr_matrix:
    """Some columns of a matrix, in order; quicker than indexing when there are millions of columns."""
    place = np.full(matrix.shape[1], -1, dtype=np.int32)
    place[keep] = np.arange(len(keep), dtype=np.int32)
    new = place[matrix.indices]
    stays = new >= 0
    before = np.concatenate([[0], np.cumsum(stays)])
    shape = (matrix.shape[0], max(len(keep), 1))
    return sp.csr_matrix((matrix.data[stays], new[stays], before[matrix.indptr]), shape=shape)


def _idf(counts: sp.csr_matrix) -> NDArray[np.float32]:
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    idf: NDArray[np.float32] = np.log((counts.shape[0] + 1) / np.maximum(found, 1)).astype(np.float32)
    return idf


def _times(matrix: sp.csr_matrix, weight: NDArray[np.float32]) -> sp.csr_matrix:
    return sp.csr_matrix((matrix.data * weight[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def _scaled(matrix: sp.csr_matrix, by: NDArray[np.float32]) -> sp.csr_matrix:
    each = np.repeat(np.maximum(by, 1e-9), np.diff(matrix.indptr))
    data = (matrix.data / each).astype(np.float32)
    return sp.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _unit(matrix: sp.csr_matrix) -> sp.csr_matrix:
    return _scaled(matrix, np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()))


def _binary(matrix: sp.csr_matrix) -> sp.csr_matrix:
    shape = matrix.shape
    return sp.csr_matrix((np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=shape)
