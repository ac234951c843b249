"""What a text is about in general: own words for a city's matters, as columns beside grams and words.

They say about a rare word what no training text could: that a `尘肺` belongs to work. Which matter speaks for which
category is learnt, so the table fits any category tree. Texts in Latin script hold none of its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.source import read

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MatterTable:
    """The words, and which matters each stands under.

    Args:
        names: Matters, in the order of the columns.
        first: Per word, where its matters begin in `matter`; one more than words.
        matter: Column numbers.
        widths: Letters per word.
        finder: Aho–Corasick automaton; of overlapping words the longest counts.
    """

    names: tuple[str, ...]
    first: Ints
    matter: Ints
    widths: Ints
    finder: Any


@cache
def read_matters() -> MatterTable:
    """`matters.yaml`."""
    import ahocorasick_rs

    rows: dict[str, list[str]] = read(Path(__file__).with_name("matters.yaml"))["matters"]
    owners: dict[str, list[int]] = {}
    for number, words in enumerate(rows.values()):
        for word in dict.fromkeys(words):
            owners.setdefault(word, []).append(number)
    known = sorted(owners)
    kind = ahocorasick_rs.MatchKind.LeftmostLongest
    return MatterTable(
        names=tuple(rows),
        first=np.cumsum([0, *(len(owners[word]) for word in known)]),
        matter=np.array([number for word in known for number in owners[word]], dtype=np.int64),
        widths=np.array([len(word) for word in known], dtype=np.int64),
        finder=ahocorasick_rs.AhoCorasick(known, matchkind=kind),
    )


def find_matters(joined: str) -> tuple[Ints, Ints, Ints]:
    """Every word of the table in a batch of texts laid out behind one another.

    Args:
        joined: Normalised texts, a blank after each (no word of the table holds one).

    Returns:
        Column, position and width per find; a word of two matters is found twice.

    Source: Aho & Corasick (1975), Communications of the ACM 18:333.
    """
    own = read_matters()
    found = np.array(own.finder.find_matches_as_indexes(joined), dtype=np.int64).reshape(-1, 3)
    word, start = found[:, 0], found[:, 1]
    times = own.first[word + 1] - own.first[word]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return (
        own.matter[np.repeat(own.first[word], times) + within],
        np.repeat(start, times),
        np.repeat(own.widths[word], times),
    )
