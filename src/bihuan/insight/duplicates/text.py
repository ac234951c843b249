"""Texts as arrays: folding, character shingles, MinHash signatures, exact set similarity.

Everything works on one long array of code points, so that a batch of texts costs a few NumPy passes. Folding makes
full-width and half-width, upper and lower case equal and drops spaces and punctuation; shingles are runs of folded
characters, which need no word segmentation and serve Chinese and English alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

PLANES = 0x20000  # code points that are folded; rarer ones stay as they are
DROPPED = frozenset("ZPC")  # Unicode categories without meaning here: separators, punctuation, controls
CHUNK = 1 << 16  # shingles hashed at once: stays in the processor's cache
NOTHING = np.uint64(0)  # band key of a text without a single character
U32 = np.uint32
U64 = np.uint64


class Shingles(NamedTuple):
    """The shingles of many texts, one after the other.

    Args:
        hashes: uint32, shape (total,); repeated shingles of one text stand repeatedly.
        starts: int64, shape (texts + 1,); text i owns hashes[starts[i]:starts[i + 1]].
    """

    hashes: NDArray[np.uint32]
    starts: NDArray[np.int64]


@cache
def _fold_table() -> NDArray[np.uint32]:
    """Code point → folded code point, 0 for what is dropped."""
    table = np.arange(PLANES, dtype=U32)
    for code in range(PLANES):
        if 0xD800 <= code < 0xE000:
            continue
        letter = unicodedata.normalize("NFKC", chr(code)).lower()
        kept = unicodedata.category(chr(code))[0] not in DROPPED
        table[code] = ord(letter[0]) if kept and letter else 0
    table[0] = 0
    return table


def fold_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Folded code points of all texts and where each begins.

    Args:
        texts: Any strings.

    Returns:
        uint32 code points, shape (total,), and int64 starts, shape (texts + 1,).
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=U32)
    small = codes < PLANES
    folded = codes.copy()
    folded[small] = _fold_table()[codes[small]]
    kept = folded != 0
    before = np.concatenate([[0], np.cumsum(kept)])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return folded[kept], before[ends]


def shingles(texts: Sequence[str], width: int = 3) -> Shingles:
    """Hashes of all runs of `width` folded characters; each text also has the shorter runs at its end.

    So a text of one character has one shingle, and every text has as many shingles as characters.

    Source: Broder (1997), On the resemblance and containment of documents, with characters for words.
    """
    return from_codes(*fold_texts(texts), width=width)


def from_codes(codes: NDArray[np.uint32], starts: NDArray[np.int64], width: int = 3) -> Shingles:
    """Shingles of what `fold_texts` gave; see `shingles`."""
    total = len(codes)
    last = np.repeat(starts[1:], np.diff(starts))  # one past the end of the text each character stands in
    here = np.arange(total)
    hashes = np.zeros(total, dtype=U32)
    for step in range(width):
        at = here + step
        inside = at < last
        code = np.where(inside, codes[np.minimum(at, max(total - 1, 0))], 0) if total else codes
        hashes = (hashes ^ code) * U32(0x9E3779B1)
        hashes ^= hashes >> U32(15)
    hashes = (hashes ^ (hashes >> U32(16))) * U32(0x85EBCA6B)
    hashes ^= hashes >> U32(13)
    return Shingles(hashes, starts)


class MinHash:
    """MinHash by multiply-and-xor permutations of 32-bit hashes (Broder 1997), many texts at once.

    Args:
        bands: Keys per text; two texts are candidates when one key is equal (Indyk & Motwani 1998).
        rows: Permutations per band.
        seed: Chooses the permutations; signatures are comparable under one seed only.
    """

    def __init__(self, bands: int, rows: int, seed: int = 1) -> None:
        self.bands = bands
        self.rows = rows
        dice = np.random.default_rng(seed)
        self._factor = dice.integers(1, 1 << 32, size=bands * rows, dtype=U32) | U32(1)
        self._flip = dice.integers(0, 1 << 32, size=bands * rows, dtype=U32)

    def signatures(self, found: Shingles, levels: NDArray[np.uint8] | None = None) -> NDArray[np.uint32]:
        """The least permuted hash of each text.

        Args:
            found: The shingles.
            levels: Per shingle, log2 of its weight: a shingle of level n wins 2ⁿ times as often as one of level 0, so
                that equal signatures estimate the weighted Jaccard similarity. None: all weigh the same.

        Returns:
            uint32, shape (bands * rows, texts); all ones for a text without shingles.

        Source: Broder (1997); weighted as in Chum, Philbin & Zisserman (2008), Near duplicate image detection.
        """
        texts = len(found.starts) - 1
        out = np.full((self.bands * self.rows, texts), 0xFFFFFFFF, dtype=U32)
        filled = np.flatnonzero(np.diff(found.starts))
        begin = found.starts[filled]
        cut = 0
        while cut < len(filled):
            stop = max(cut + 1, int(np.searchsorted(begin, begin[cut] + CHUNK)))
            first, end = begin[cut], found.starts[filled[stop - 1] + 1]
            piece, at = found.hashes[first:end], begin[cut:stop] - first
            for row, (factor, flip) in enumerate(zip(self._factor, self._flip, strict=True)):
                permuted = (piece ^ flip) * factor
                if levels is not None:
                    permuted >>= levels[first:end]
                out[row, filled[cut:stop]] = np.minimum.reduceat(permuted, at)
            cut = stop
        return out

    def keys(self, signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """uint64, shape (bands, texts): the rows of each band mixed into one key; 0 for a text without shingles.

        Source: Indyk & Motwani (1998), Approximate nearest neighbors.
        """
        rows = signatures.reshape(self.bands, self.rows, -1).astype(U64)
        keys = np.broadcast_to(np.arange(1, self.bands + 1, dtype=U64)[:, None], rows[:, 0].shape).copy()
        for row in range(self.rows):
            keys = mix_keys(keys ^ rows[:, row])
        keys[:, (signatures == 0xFFFFFFFF).all(axis=0)] = NOTHING
        return keys


def mix_keys(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A fixed scrambling of 64-bit keys (the finaliser of SplitMix64, Steele et al. 2014)."""
    keys = keys + U64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> U64(27))) * U64(0x94D049BB133111EB)
    return keys ^ (keys >> U64(31))


def shape_for(threshold: float, permutations: int = 96, missed: float = 0.005) -> tuple[int, int]:
    """Bands and rows that miss a pair of exactly this Jaccard similarity with at most the given probability.

    The most rows that satisfy it are taken: the fewest needless candidates.

    Source: Leskovec, Rajaraman & Ullman (2014), Mining of Massive Datasets, § 3.4: a pair is found with 1 − (1 − sʳ)ᵇ.
    """
    for rows in range(12, 0, -1):
        bands = permutations // rows
        if (1 - threshold**rows) ** bands <= missed:
            return bands, rows
    return permutations, 1


def shingle_sets(found: Shingles) -> sparse.csr_array:
    """The shingle sets as rows of a binary matrix, shape (texts, 2³¹ − 1)."""
    columns = (found.hashes & U32(0x7FFFFFFF)).astype(np.int32)
    texts = len(found.starts) - 1
    matrix = sparse.csr_array((np.ones(len(columns), np.float32), columns, found.starts), shape=(texts, 2**31 - 1))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def jaccard(matrix: sparse.csr_array, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """|A ∩ B| / |A ∪ B| of pairs of rows of `shingle_sets`; 0 where both are empty.

    Source: Jaccard (1912), New Phytologist 11:37.
    """
    sizes = np.diff(matrix.indptr)
    out = np.zeros(len(left))
    for cut in range(0, len(left), CHUNK):
        a, b = left[cut : cut + CHUNK], right[cut : cut + CHUNK]
        common = np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1)).ravel()
        out[cut : cut + CHUNK] = common / np.maximum(sizes[a] + sizes[b] - common, 1)
    return out
