"""What is known of a word: its class beside a name, and the kind of place its ending stands for.

The classes come from `tables/words.yaml`, the endings from `tables/suffixes.yaml`; any other word has the class of
its part of speech in the segmenter's dictionary (rjieba, MIT). Every answer is kept, so a word is looked up once.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.source import read

AREA = "\x02"  # stands where the name of a province, city, district or county stood
OFFICE = "\x03"  # stands where the name of a street or town stood
CODE = "\x04"  # stands where the name of an area stood inside another name, as far as its neighbours tell
STOPS = "，。！？；：,!?;:…"  # no name runs across these
LINE = "\n"  # between texts
KINDS = ("estate", "road", "village", "school", "facility", "company")
LEXICON = (
    "opener",
    "act",
    "wrong",
    "manner",
    "ask",
    "thing",
    "where",
    "part",
    "join",
    "prep",
    "of",
    "office",
    "group",
    "generic",
    "brand",
)
SPEECH = ("noun", "name", "verb", "adjective", "adverb", "function", "number", "latin", "mark", "quote", "other")
CLASSES = ("edge", "area", "street", "code", "stop", *LEXICON, *SPEECH)
CLASS_ID = {name: i for i, name in enumerate(CLASSES)}
KIND_ID = {name: i + 1 for i, name in enumerate(KINDS)}
FIRM = 40_000  # frequency that lets an ending win over longer words that run across it (小区业主)
FIRM_WORDS = ("小区", "号线", "路口", "开发商", "业主", "物业")
ENDINGS = 5  # 0 one character of a longer word, 1 several, 2 the whole word of one, 3 of several, 4 may stand alone
RARITY = (3.5, 30, 300, 3000)  # occurrences in the corpus of the segmenter's dictionary (60 million words)
SHAPES = 2 * (len(RARITY) + 1) * 3  # rarity, for one character and more, with no, some or only characters of names
OWN = 4096  # slots for the words and endings of the tables, by hash, so that a table may grow without new weights
REMEMBERED = 1 << 18  # words; beyond that the memory starts anew
POS = {
    "n": "noun", "nr": "name", "ns": "name", "nt": "name", "nz": "name", "nrt": "name", "v": "verb", "a": "adjective",
    "i": "adjective", "l": "adjective", "d": "adverb", "p": "function", "c": "function", "u": "function",
    "r": "function", "f": "function", "y": "function", "m": "number", "q": "number", "t": "number",
}  # fmt: skip


def read_words_table(name: str) -> dict[str, Any]:
    """One of this room's tables, as plain data."""
    loaded: dict[str, Any] = read(Path(__file__).parent / "tables" / name)
    return loaded


class WordMemory:
    """The memory of words: word → row in the attribute columns.

    Attributes:
        classes: Class id of each row.
        kinds: Kind id of the word's ending, 0 without one.
        whole: How much of the word is the ending, see `ENDINGS`.
        lengths: Characters.
    """

    def __init__(self) -> None:
        import rjieba

        suffixes = read_words_table("suffixes.yaml")
        self._lexicon = {
            str(word): CLASS_ID[name]
            for name, words in read_words_table("words.yaml").items()
            if name in LEXICON
            for word in words
        }
        self._endings = {str(e): KIND_ID[kind] for kind in KINDS for e in suffixes[kind]["endings"]}
        self._bare = {str(e): KIND_ID[kind] for kind in KINDS for e in suffixes[kind].get("bare", ())}
        self._namely = frozenset(suffixes["namely"])
        self._longest = max(map(len, self._endings))
        self._jieba = rjieba.Jieba()
        for word in (*self._lexicon, *self._endings, *self._bare):
            if len(word) > 1:
                self._jieba.add_word(word, FIRM if word in FIRM_WORDS else None, None)
        self._tag = rjieba.tag
        self._rows: dict[str, int] = {}
        self._columns: list[tuple[int, ...]] = []
        self._arrays: NDArray[np.int32] | None = None

    def trim(self) -> None:
        """Forget all words when there are too many. Rows handed out before are void after that."""
        if len(self._rows) > REMEMBERED:
            self._rows, self._columns, self._arrays = {}, [], None

    def rows(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Segment a text.

        Returns:
            Of each word its row, and the attribute table (rows × class, kind, whole, length, shape, own).
        """
        words = self._jieba.cut(text, False)
        rows = self._rows
        found = [rows.get(word, -1) for word in words]
        if -1 in found:
            found = [row if row >= 0 else self._learn(word) for row, word in zip(found, words, strict=True)]
            self._arrays = None
        if self._arrays is None or len(self._arrays) != len(self._columns):
            self._arrays = np.array(self._columns, dtype=np.int32).reshape(-1, 6)
        return np.array(found, dtype=np.int32), self._arrays

    def _learn(self, word: str) -> int:
        if word not in self._rows:
            self._rows[word] = len(self._columns)
            kind, whole = self._ending(word)
            self._columns.append((self._class(word), kind, whole, len(word), self._shape(word), self._own(word)))
        return self._rows[word]

    def _ending(self, word: str) -> tuple[int, int]:
        if word in self._bare:
            return self._bare[word], 4
        for size in range(min(len(word), self._longest), 0, -1):
            kind = self._endings.get(word[-size:])
            if kind:
                return kind, 2 * int(size == len(word)) + int(size > 1)
        return 0, 0

    def _class(self, word: str) -> int:
        if word in self._lexicon:
            return self._lexicon[word]
        return CLASS_ID[_shape(word) or self._speech(word)]

    def _own(self, word: str) -> int:
        """Slot of a word of the tables, or of the ending of another word; 0 for neither."""
        if word not in self._lexicon and word not in self._bare:
            sizes = range(min(len(word), self._longest), 0, -1)
            word = next(("~" + word[-size:] for size in sizes if word[-size:] in self._endings), "")
        return crc32(word.encode()) % (OWN - 1) + 1 if word else 0

    def _shape(self, word: str) -> int:
        """How rare the word is in general Chinese, apart for single characters."""
        rarity = bisect_left(RARITY, self._jieba.suggest_freq(word)) if "\u4e00" <= word[0] <= "\u9fff" else 0
        of_names = sum(character in self._namely for character in word)
        return rarity * 6 + (len(word) > 1) * 3 + (of_names > 0) + (of_names == len(word))

    def _speech(self, word: str) -> str:
        tagged = self._tag(word, False)
        pos = tagged[0][1] if len(tagged) == 1 else "n"
        return POS.get(pos, POS.get(pos[:1], "other"))


def _shape(word: str) -> str:
    """The class of what is no hanzi; '' for hanzi."""
    first = word[0]
    if first in {AREA, OFFICE, LINE, CODE}:
        return {AREA: "area", OFFICE: "street", LINE: "edge", CODE: "code"}[first]
    if first in STOPS:
        return "stop"
    if first in "“”\"'‘’《》「」『』【】":
        return "quote"
    if first.isdigit():
        return "number"
    if first.isascii() and first.isalpha():
        return "latin"
    return "mark" if unicodedata.category(first)[0] in "PSZC" else ""


@cache
def word_memory() -> WordMemory:
    """The one memory of this process."""
    return WordMemory()
