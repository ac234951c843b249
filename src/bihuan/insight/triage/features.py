"""From texts to a sparse matrix: character 1–3-grams, words, pairs of English words, and matters (`matters.yaml`).

Everything is done on flat arrays for a whole batch: a text of 400 characters costs about a tenth of a millisecond.
An occurrence knows where in its text it stands, so that a contribution can be shown as words of that text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bihuan.insight.triage import matters
from bihuan.insight.triage.text import normalise, scripts, words

BITS = np.uint64(21)  # a code point needs 21 bits, three of them fit into 64
SIZES = (1, 2, 3)
BATCH = 4096
PLANE = 1 << 16
HEAD = 120  # letters: reports name their matter first
HEAD_WEIGHT = np.float32(0.4)
BLOCKS = ("chars", "words", "pairs", "matters")
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse among 64-bit numbers
UNMIX = np.uint64(pow(int(MIX), -1, 1 << 64))

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Texts:
    """A batch laid out flat: all normalised texts behind one another, a blank after each.

    Args:
        plain: The normalised texts.
        joined: All of them, a blank after each.
        flat: Code points, one per position.
        row: Text number per position.
        begin: First position per text.
        tokens: Words of all texts in order.
        token_row: Text number per word.
        token_start: Position per word.
        token_width: Letters per word.
        latin: Per text, whether it is in Latin script.
    """

    plain: list[str]
    joined: str
    flat: NDArray[np.uint32]
    row: Ints
    begin: Ints
    tokens: list[str]
    token_row: Ints
    token_start: Ints
    token_width: Ints
    latin: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many texts the batch holds."""
        return len(self.latin)


def lay_out(texts: Sequence[str]) -> Texts:
    """Normalise and cut a batch."""
    plain = [normalise(text) for text in texts]
    joined = "".join(text + " " for text in plain)
    flat = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    lengths = np.fromiter((len(text) + 1 for text in plain), dtype=np.int64, count=len(plain))
    begin = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(plain) else np.zeros(0, np.int64)
    tokens: list[str] = []
    sizes: list[int] = []
    latin = scripts(flat, begin)
    for text, english in zip(plain, latin.tolist(), strict=True):
        cut = words(text, "en" if english else "zh")
        tokens += cut
        sizes.append(len(cut))
    token_row = np.repeat(np.arange(len(plain)), sizes)
    widths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    before = np.cumsum(widths) - widths
    first = np.cumsum(sizes) - np.asarray(sizes, dtype=np.int64)
    within = before - np.repeat(before[np.minimum(first, max(0, len(before) - 1))] if len(before) else before, sizes)
    return Texts(
        plain=plain,
        joined=joined,
        flat=flat,
        row=np.repeat(np.arange(len(plain)), lengths),
        begin=begin,
        tokens=tokens,
        token_row=token_row,
        token_start=begin[token_row] + within if len(tokens) else np.zeros(0, np.int64),
        token_width=widths,
        latin=latin,
    )


@dataclass(frozen=True)
class Grams:
    """Occurrences of one kind before they are looked up: key, text and position of each."""

    key: Keys
    row: Ints
    start: Ints
    width: Ints


@cache
def _letters() -> NDArray[np.bool_]:
    """Which code points are letters or digits; rarer ones than the first 65,535 count as such."""
    return np.array([chr(code).isalnum() for code in range(PLANE - 1)] + [True])


def char_grams(batch: Texts) -> Grams:
    """Every 1–3-gram of letters and digits in the texts in Han script, packed into 63 bits.

    Source: docs/adr/0101 (character 1–3-grams).
    """
    code = batch.flat.astype(np.uint64)
    solid = _letters()[np.minimum(batch.flat, PLANE - 1)] & ~batch.latin[batch.row]
    keys, rows, starts, widths = [], [], [], []
    packed = code << (BITS * np.uint64(2))
    good = solid.copy()
    for size in SIZES:
        if size > 1:
            shift = BITS * np.uint64(3 - size)
            packed = packed[:-1] | (code[size - 1 :] << shift)
            good = good[:-1] & solid[size - 1 :]
        at = np.flatnonzero(good)
        keys.append(packed[at])
        rows.append(batch.row[at])
        starts.append(at)
        widths.append(np.full(len(at), size, dtype=np.int64))
    return Grams(np.concatenate(keys), np.concatenate(rows), np.concatenate(starts), np.concatenate(widths))


def _is_word(token: str) -> bool:
    return any(letter.isalnum() for letter in token)


@dataclass
class Space:
    """The columns of the matrix: what was seen in at least `seldom` training texts.

    Args:
        chars: Sorted packed character grams.
        words: Sorted words.
        pairs: Sorted pairs of English words (first × 2^32 + second, as indexes into `words`).
        idf: Inverse document frequency per column, in the order chars, words, pairs, matters.
        weights: Length of each block after normalisation.
    """

    chars: Keys
    words: list[str]
    pairs: Keys
    idf: NDArray[np.float32]
    weights: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        keys = word_keys(self.words)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def word_numbers(self, batch: Texts) -> Ints:
        """Per word of the batch its number in `words`; -1 when it is unknown."""
        at, known = _find(self._keys, token_keys(batch.flat, batch.token_start, batch.token_width))
        numbers = np.full(len(batch.tokens), -1, dtype=np.int64)
        numbers[known] = self._order[at]
        return numbers

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return len(self.idf)

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """The column behind the last one of each block."""
        chars, some = len(self.chars), len(self.words)
        return chars, chars + some, chars + some + len(self.pairs), self.width

    def occurrences(self, batch: Texts) -> tuple[Ints, Ints, Ints, Ints]:
        """Row, column, position and width of every known gram, word and pair of a batch."""
        grams = char_grams(batch)
        at, known = _find(self.chars, grams.key)
        word = self.word_numbers(batch)
        named = np.flatnonzero(word >= 0)
        pairs = _pairs(batch, word)
        pair_at, pair_known = _find(self.pairs, pairs.key)
        matter, start, width = matters.find_matters(batch.joined)
        return (
            np.concatenate([grams.row[known], batch.token_row[named], pairs.row[pair_known], batch.row[start]]),
            np.concatenate([at, word[named] + self.edges[0], pair_at + self.edges[1], matter + self.edges[2]]),
            np.concatenate([grams.start[known], batch.token_start[named], pairs.start[pair_known], start]),
            np.concatenate([grams.width[known], batch.token_width[named], pairs.width[pair_known], width]),
        )

    def matrix(self, batch: Texts) -> sparse.csr_array:
        """Sublinear tf-idf, each block scaled to its length, the opening counted again: (texts, width), float32.

        Source: Salton & Buckley (1988), Information Processing & Management 24:513; docs/adr/0101 (the opening again).
        """
        row, column, start, _ = self.occurrences(batch)
        whole = self.weigh(row, column, batch.count)
        early = start < batch.begin[row] + HEAD
        return whole + HEAD_WEIGHT * self.weigh(row[early], column[early], batch.count)

    def weigh(self, row: Ints, column: Ints, count: int) -> sparse.csr_array:
        """The matrix of known occurrences."""
        cells = np.sort(row * self.width + column)
        fresh = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]])) if len(cells) else cells
        times = np.diff(np.append(fresh, len(cells))).astype(np.float32)
        lines, at = np.divmod(cells[fresh], self.width)
        ends = np.searchsorted(lines, np.arange(count + 1)).astype(np.int32)  # scikit-learn wants 32-bit indices
        counts = sparse.csr_array((times, at.astype(np.int32), ends), shape=(count, self.width))
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        self._scale(counts, count)
        return counts

    def _scale(self, counts: sparse.csr_array, count: int) -> None:
        block = np.searchsorted(np.asarray(self.edges), counts.indices, side="right")
        rows = np.repeat(np.arange(count), np.diff(counts.indptr))
        slot = rows * len(BLOCKS) + block
        norm = np.sqrt(np.bincount(slot, weights=counts.data.astype(np.float64) ** 2, minlength=count * len(BLOCKS)))
        factor = np.tile(np.asarray(self.weights), count) / np.maximum(norm, 1e-12)
        counts.data *= factor[slot].astype(np.float32)


def token_keys(flat: NDArray[np.uint32], start: Ints, width: Ints) -> Keys:
    """A 64-bit hash per piece of a text, the same wherever the piece stands (a polynomial, modulo 2^64).

    Args:
        flat: Code points.
        start: First position per piece.
        width: Letters per piece.
    """
    with np.errstate(over="ignore"):
        raised = np.cumprod(np.full(len(flat) + 1, MIX))
        lowered = np.cumprod(np.full(len(flat) + 1, UNMIX))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum((flat.astype(np.uint64) + MIX) * raised[:-1])])
        return np.asarray((sums[start + width] - sums[start]) * lowered[start])


def word_keys(some: Sequence[str]) -> Keys:
    """`token_keys` of words on their own."""
    flat = np.frombuffer("".join(some).encode("utf-32-le"), dtype=np.uint32)
    width = np.fromiter(map(len, some), dtype=np.int64, count=len(some))
    return token_keys(flat, np.cumsum(width) - width, width)


def _find(known: Keys, keys: Keys) -> tuple[Ints, Ints]:
    """Indexes into `known`, and which of `keys` they belong to."""
    if not len(known) or not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at = np.searchsorted(known, keys)
    at[at == len(known)] = 0
    hit = np.flatnonzero(known[at] == keys)
    return at[hit], hit


def _pairs(batch: Texts, word: Ints) -> Grams:
    """Pairs of neighbouring known words in texts of Latin script (blanks between them do not count)."""
    latin = np.flatnonzero(batch.latin[batch.token_row]) if batch.latin.any() else np.zeros(0, np.int64)
    at = np.array([i for i in latin.tolist() if batch.tokens[i] != " "], dtype=np.int64)
    first, second = at[:-1], at[1:]
    good = (word[first] >= 0) & (word[second] >= 0) & (batch.token_row[first] == batch.token_row[second])
    first, second = first[good], second[good]
    key = (word[first].astype(np.uint64) << np.uint64(32)) | word[second].astype(np.uint64)
    ends = batch.token_start[second] + batch.token_width[second]
    return Grams(key, batch.token_row[first], batch.token_start[first], ends - batch.token_start[first])


def lay_out_batches(texts: Sequence[str]) -> Iterator[Texts]:
    """The texts in batches, so that memory does not grow with the file."""
    for begin in range(0, len(texts), BATCH):
        yield lay_out(texts[begin : begin + BATCH])


def fit_space(
    texts: Sequence[str], *, seldom: int = 2, weights: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
) -> Space:
    """Choose the columns and their idf = 1 + ln((1 + n) / (1 + df)) from training texts.

    Args:
        texts: At least one text.
        seldom: Words seen in fewer texts are left out, and grams seen in no more.
        weights: Length of the blocks chars, words, pairs, matters.

    Source: Spärck Jones (1972), Journal of Documentation 28:11, smoothed; docs/adr/0101.
    """
    chars: Counter[int] = Counter()
    named: Counter[str] = Counter()
    held = list(lay_out_batches(texts))
    for batch in held:
        grams = char_grams(batch)
        keys, frequency = _document_frequency(grams.key, grams.row)
        chars.update(dict(zip(keys.tolist(), frequency.tolist(), strict=True)))
        seen = {(r, t) for r, t in zip(batch.token_row.tolist(), batch.tokens, strict=True) if _is_word(t)}
        named.update(token for _, token in seen)
    known = np.array(sorted(k for k, n in chars.items() if n > seldom), dtype=np.uint64)
    vocabulary = sorted(w for w, n in named.items() if n >= seldom)
    nothing = np.zeros(0, np.uint64), np.zeros(len(known) + len(vocabulary), np.float32)
    space = Space(known, vocabulary, *nothing, weights)
    pairs: Counter[int] = Counter()
    for batch in held:
        found = _pairs(batch, space.word_numbers(batch))
        keys, frequency = _document_frequency(found.key, found.row)
        pairs.update(dict(zip(keys.tolist(), frequency.tolist(), strict=True)))
    paired = sorted(k for k, n in pairs.items() if n >= seldom)
    df = [chars[int(k)] for k in known] + [named[w] for w in vocabulary] + [pairs[k] for k in paired]
    idf = 1 + np.log((1 + len(texts)) / (1 + np.asarray(df, dtype=np.float64)))
    idf = np.concatenate(
        [idf, np.ones(len(matters.read_matters().names))]
    )  # a matter is telling, however often it is named
    return Space(known, vocabulary, np.array(paired, dtype=np.uint64), idf.astype(np.float32), weights)


def _document_frequency(keys: Keys, rows: Ints) -> tuple[Keys, Ints]:
    """Each key once, and in how many rows it stands."""
    if not len(keys):
        return keys, np.zeros(0, np.int64)
    order = np.lexsort((rows, keys))
    key, row = keys[order], rows[order]
    fresh = np.concatenate([[True], (key[1:] != key[:-1]) | (row[1:] != row[:-1])])
    found: Any = np.unique(key[fresh], return_counts=True)
    return found[0], found[1]


def stack_features(space: Space, texts: Sequence[str]) -> sparse.csr_array:
    """The matrix of any number of texts."""
    parts = [space.matrix(batch) for batch in lay_out_batches(texts)]
    return sparse.vstack(parts, format="csr") if parts else sparse.csr_array((0, space.width), dtype=np.float32)
