"""Names of places that texts mention, found by their endings, as keys: many texts in a few NumPy passes.

A name's core is three characters: those before an ending that one reporter writes and the next leaves out (小区),
else the last three with the ending (东方红路 → 方红路). Whatever stands further in front is as often a part of the
sentence. Endings are general words of Chinese place names; no name of a place is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.text import PLANES, U64

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

SILENT = ("小区", "社区", "花园", "家园", "公寓")  # left out by one reporter and written by the next
ENDINGS = (
    *SILENT, "广场", "市场", "小学", "中学", "幼儿园", "医院", "公园", "大厦", "工业园", "新村", "新城", "佳园", "山庄",
    "大道", "大街", "公路", "胡同", "国际", "府", "苑", "村", "镇", "路", "街",
)  # fmt: skip
CORE = 3  # characters
MOST = 3  # names of a text
BITS = U64(21)  # of a code point


class _Tables(NamedTuple):
    letter: NDArray[np.uint8]  # code point → its number among the characters of endings, 0 for all others
    inside: NDArray[np.bool_]  # code point → whether it may stand in a name
    length: NDArray[np.uint8]  # numbers of two neighbours → length of the ending that begins here, 0 for none
    third: NDArray[np.uint8]  # the same → number of the third character an ending needs, 0 for none
    silent: NDArray[np.bool_]


def names(texts: Sequence[str]) -> Keys:
    """Keys of the first three different names of each text, shape (3, n); 0 where there are fewer.

    >>> [spelt(key) for key in names(["A3区保利麓谷林语小区夜间施工，中山路堵车"])[:, 0]]
    ['谷林语', '中山路', '']

    Source: docs/adr/0103 (place names of a whole batch).
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    joined = ("\n".join(texts) + "\n" * CORE).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype=np.uint32)
    codes = np.where(codes < PLANES, codes, 0)
    start, end, silent = _endings(codes)
    row = np.searchsorted(np.cumsum(lengths + 1), start, side="right")
    last = np.where(silent, start, end)  # one past the core
    before = np.minimum(start, start - np.concatenate([[0], end])[: len(start)])  # characters since the name before
    runs = _inside_before(codes, start)
    enough = np.minimum(runs, before) >= CORE - (last - start)
    start, last, row = start[enough], last[enough], row[enough]
    key = np.zeros(len(start), dtype=U64)
    for step in range(CORE):
        code = codes[last - CORE + step].astype(U64)
        capital = (code >= U64(65)) & (code <= U64(90))
        key = (key << BITS) | (code + U64(32) * capital)
    return _firsts(row, key, len(texts))


def spell_key(key: int) -> str:
    """The characters of a key."""
    codes = [(int(key) >> int(BITS) * step) & ((1 << int(BITS)) - 1) for step in reversed(range(CORE))]
    return "".join(chr(code) for code in codes if code)


def _endings(codes: NDArray[np.uint32]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Begin, end and silence of every ending that has something before it to end."""
    tables = _tables()
    letter = tables.letter[codes]
    start = np.flatnonzero(letter)
    start = start[start < len(codes) - 2]
    pair = (letter[start].astype(np.int64) << 8) | letter[start + 1]
    third = tables.third[pair]
    length = np.where((third == 0) | (third == letter[start + 2]), tables.length[pair], 0)
    found = (length > 0) & (start > 0) & tables.inside[codes[np.maximum(start - 1, 0)]]
    start, pair, end = start[found], pair[found], (start + length)[found]
    free = _apart(start, end)
    return start[free], end[free], tables.silent[pair[free]]


def _apart(start: Ints, end: Ints) -> NDArray[np.bool_]:
    """Which endings end a name: one that follows another at once has no name before it."""
    kept = np.ones(len(start), dtype=bool)
    for at in np.flatnonzero(np.concatenate([[False], start[1:] <= end[:-1]])[: len(start)]).tolist():
        before = at - 1
        while not kept[before]:
            before -= 1
        kept[at] = start[at] > end[before]
    return kept


def _inside_before(codes: NDArray[np.uint32], start: Ints) -> Ints:
    """How many characters right before each place may stand in a name, CORE at most."""
    inside, count = _tables().inside, np.zeros(len(start), dtype=np.int64)
    for step in range(1, CORE + 1):
        count += (count == step - 1) & (start >= step) & inside[codes[np.maximum(start - step, 0)]]
    return count


def _firsts(row: Ints, key: Keys, texts: int) -> Keys:
    """The first MOST different keys of each row."""
    again = np.zeros(len(row), dtype=bool)
    lag = 1
    while lag < len(row) and (same := row[lag:] == row[:-lag]).any():
        again[lag:] |= same & (key[lag:] == key[:-lag])
        lag += 1
    row, key = row[~again], key[~again]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    first = place < MOST
    out = np.zeros((MOST, texts), dtype=U64)
    out[place[first], row[first]] = key[first]
    return out


@cache
def _tables() -> _Tables:
    letter = np.zeros(PLANES, dtype=np.uint8)
    for number, character in enumerate(sorted({c for ending in ENDINGS for c in ending}), 1):
        letter[ord(character)] = number
    inside = np.zeros(PLANES, dtype=bool)
    inside[0x4E00:0xA000] = True
    for code in range(PLANES):
        inside[code] |= chr(code).isdecimal() or (code < 128 and chr(code).isalpha())
    length = np.zeros(1 << 16, dtype=np.uint8)
    third = np.zeros(1 << 16, dtype=np.uint8)
    silent = np.zeros(1 << 16, dtype=bool)
    for ending in sorted(ENDINGS, key=len):  # a longer ending wins
        numbers = [int(letter[ord(c)]) for c in ending]
        pair = slice(numbers[0] << 8, (numbers[0] + 1) << 8) if len(ending) == 1 else (numbers[0] << 8) | numbers[1]
        length[pair], third[pair], silent[pair] = len(ending), numbers[2] if len(ending) > 2 else 0, ending in SILENT
    return _Tables(letter, inside, length, third, silent)
