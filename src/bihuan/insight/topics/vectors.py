"""Texts as sparse vectors: the title's characters, the body, the names, and the matter beside the names.

Nearly all measures of likeness used later are inner products of these rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bihuan.insight.topics.grams import gram_counts
from bihuan.insight.topics.names import TitleParts, plain_title, take_apart

CUT = 400
"""Characters read of each body."""
FREQUENT = 0.2
"""A body word in more than a fifth of the texts says nothing about any of them."""
RARE = 0.05
"""A word in more texts than this share is no sign by itself that two texts belong together."""


@dataclass(frozen=True)
class Vectors:
    """One row per text.

    Attributes:
        title: Characters 2–4 of the title, TF-IDF, unit length.
        body: Words of two characters or more in the body, TF-IDF, unit length.
        word: Words of title (counted thrice) and body, weighted by IDF², unit length: what is rare stands out.
        word_idf: IDF of each column of `word` over the greatest possible, 0 … 1; 0 for words in over RARE of the texts.
        name: Characters 2–3 of the names, weighted by IDF^1.5, unit length.
        part: The same, summing to one: a row's product with `present` is the share of a name found in another text.
        mass: The same, not scaled except by the greatest weight possible.
        once: Which name n-grams the title's names hold, 0/1.
        present: Which name n-grams of anybody occur anywhere in the text, 0/1.
        matter: Words beside the names, TF-IDF, unit length.
        named: Whether the title holds a name.
        day: When, in days since 1970. Without times 0 for all, which says nothing for or against.
        author: Number of who wrote; -1 where unknown.
    """

    title: sp.csr_matrix
    body: sp.csr_matrix
    word: sp.csr_matrix
    word_idf: NDArray[np.float32]
    name: sp.csr_matrix
    part: sp.csr_matrix
    mass: sp.csr_matrix
    once: sp.csr_matrix
    present: sp.csr_matrix
    matter: sp.csr_matrix
    named: NDArray[np.bool_]
    day: NDArray[np.float64]
    author: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.title.shape[0])


def make_vectors(
    titles: Sequence[str],
    bodies: Sequence[str],
    days: NDArray[np.float64] | None = None,
    authors: Sequence[str] | None = None,
) -> tuple[Vectors, list[TitleParts]]:
    """The vectors of some texts, and what each title was taken apart into.

    Args:
        titles: One per text.
        bodies: One per text; the first CUT characters are read.
        days: Days since 1970, no NaN; None for unknown.
        authors: Who wrote, '' where unknown; None for all unknown.

    Source: Salton & Buckley (1988), Information Processing & Management 24:513 (TF-IDF); docs/adr/0104.
    """
    heads = [plain_title(title) for title in titles]
    texts = [plain_title(body[: 2 * CUT])[:CUT] for body in bodies]
    said = [take_apart(head) for head in heads]
    name = _binary(gram_counts(["\n".join(s.names) for s in said], (2, 3)))
    used = np.flatnonzero(np.bincount(name.indices, minlength=name.shape[1]))
    whole = [f"{head}\n{text}" for head, text in zip(heads, texts, strict=True)]
    name, present = _columns(name, used), _columns(_binary(gram_counts(whole, (2, 3), only=used)), used)
    present = _binary(sp.csr_matrix(present + name))
    mass = _times(name, _idf(present) ** 1.5)
    top = max(float(np.log(max(len(heads), 2))), 1e-9)
    place: dict[str, int] = {}  # one numbering for the words of titles and of bodies
    told = _words([_long_words(text) for text in texts], place)
    headed = _words([_long_words(head) for head in heads], place)
    told.resize(headed.shape)
    word, word_idf = _salient(sp.csr_matrix(told + headed * np.float32(3)))
    built = Vectors(
        title=_weighted(gram_counts(heads, (2, 3, 4)), share=1.0),
        body=_weighted(told, share=FREQUENT),
        word=word,
        word_idf=word_idf,
        name=_unit(mass),
        part=_scaled(mass, np.asarray(mass.sum(axis=1)).ravel()),
        mass=sp.csr_matrix(mass / top**1.5),
        once=name,
        present=present,
        matter=_weighted(_words([s.matter for s in said], {}), share=1.0),
        named=np.array([bool(s.names) for s in said]),
        day=np.zeros(len(heads)) if days is None else days,
        author=_numbered(authors or [""] * len(heads)),
    )
    return built, said


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    place: dict[str, int] = {"": -1}
    return np.array([place.setdefault(name, len(place) - 1) for name in names], dtype=np.int64)


def _long_words(text: str) -> list[str]:
    import rjieba

    return [word for word in rjieba.cut(text) if len(word) > 1]


def _words(rows: Sequence[Sequence[str]], place: dict[str, int]) -> sp.csr_matrix:
    """How often each word occurs in each row; `place` numbers the columns and learns new words."""
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


def _salient(counts: sp.csr_matrix) -> tuple[sp.csr_matrix, NDArray[np.float32]]:
    """Rows weighted by IDF², of unit length, and each column's IDF as `Vectors.word_idf` wants it."""
    rows = max(counts.shape[0], 1)
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = _columns(counts, np.flatnonzero((found > 0) & (found <= max(FREQUENT * rows, 10))))
    kept.data = 1 + np.log(kept.data)
    idf = _idf(kept)
    unit = _unit(_times(kept, idf**2))
    found = np.bincount(unit.indices, minlength=unit.shape[1])
    keep = np.flatnonzero(found > 1)
    rare = np.where(found <= max(RARE * rows, 3), idf / np.log(max(rows, 2)), 0.0)[keep]
    return _columns(unit, keep), np.append(rare, 0.0).astype(np.float32)  # a matrix has one column at least


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
