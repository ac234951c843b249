"""Many texts as one column of words.

Texts are joined by line breaks and segmented in one call; everything after that is NumPy over words, which is what
makes tens of thousands of texts a second possible in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.places.admin import AreaMention, hide_all
from bihuan.insight.places.words import LINE, WordMemory

Ints = NDArray[np.int32]
NAMES = 3  # classes below are edge, area and street


@dataclass(frozen=True)
class Tokens:
    """The words of a batch.

    Attributes:
        joined: The folded texts, each behind one line break and the last before one.
        first: Offset in `joined` where each text begins.
        starts: Offset of each word; line breaks are words of class edge.
        rows: Row of each word in `attributes` (class, kind, whole, length).
        attributes: See `Words.rows`.
        text: Index of the text each word belongs to (an edge belongs to the text before it).
        common: How common each word is among the texts: the share of texts it occurs in besides this one, as bucket
            0 none, 1 < 0.1 %, 2 < 0.5 %, 3 < 2 %, 4 more; 5 where the word is an area, a street or a line break.
        areas: Areas found, in order.
        streets: Streets found, in order.
    """

    joined: str
    first: Ints
    starts: Ints
    rows: Ints
    attributes: Ints
    text: Ints
    common: Ints
    areas: list[AreaMention]
    streets: list[AreaMention]


COMMON = (1e-9, 0.001, 0.005, 0.02)


def tokenise(folded: list[str], words: WordMemory) -> Tokens:
    """Segment folded texts without line breaks; `common` is filled by `weigh_words`."""
    joined = LINE + LINE.join(folded) + LINE
    hidden, areas, streets = hide_all(joined)
    rows, attributes = words.rows(hidden)
    starts = np.zeros(len(rows), dtype=np.int32)
    np.cumsum(attributes[rows[:-1], 3], out=starts[1:])
    sizes = np.fromiter(map(len, folded), dtype=np.int32, count=len(folded))
    first = np.ones(len(folded), dtype=np.int32)
    first[1:] += np.cumsum(sizes[:-1] + 1, dtype=np.int32)
    text = np.searchsorted(first, starts, side="right").astype(np.int32) - 1
    return Tokens(joined, first, starts, rows, attributes, text, np.zeros_like(rows), areas, streets)


def weigh_words(batches: list[Tokens]) -> list[Tokens]:
    """Say of each word how common it is among all texts of all batches (segmented by one memory of words).

    Source: docs/adr/0102 (rarity of words).
    """
    size = max((len(batch.attributes) for batch in batches), default=0)
    seen = np.zeros(size, dtype=np.int64)
    for batch in batches:
        seen += np.bincount(batch.rows, minlength=size)
    texts = max(sum(len(batch.first) for batch in batches), 1)
    return [replace(batch, common=_common(batch, seen, texts)) for batch in batches]


def _common(batch: Tokens, seen: NDArray[np.int64], texts: int) -> Ints:
    share = (seen[batch.rows] - 1) / texts
    common: Ints = np.digitize(share, COMMON).astype(np.int32)
    common[batch.attributes[batch.rows, 0] < NAMES] = len(COMMON) + 1
    return common
