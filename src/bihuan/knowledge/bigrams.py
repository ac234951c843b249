"""Text as search terms without a dictionary: Chinese by pairs of characters, other scripts by words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(rf"[{_HAN}]+|[a-z0-9]+(?:[.-][a-z0-9]+)*")
_IS_HAN = re.compile(rf"[{_HAN}]")
# Pairs that nearly every question holds; they would drown the pairs that tell questions apart.
COMMON = frozenset(
    {"什么", "怎么", "么办", "如何", "请问", "问题", "可以", "是否", "哪里", "需要", "应该", "有没"}
    | {"没有", "我们", "我家", "你好", "您好", "谢谢", "现在"}
)
WORDS = frozenset(
    {"a", "an", "and", "at", "by", "do", "for", "from", "how", "i", "in", "is", "my", "of"}
    | {"on", "or", "the", "to", "what", "where", "who", "with"}
)


def search_terms(text: str) -> list[str]:
    """Search terms of `text` in order, repeats kept: pairs of Han characters (a lone one as itself) and words.

    Full-width and half-width forms are one (NFKC), case is ignored.

    Source: Unicode Standard Annex #15 (NFKC); pairs of characters: Nie & Ren (1999), Chinese information retrieval.
    """
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if not _IS_HAN.match(run):
            found.append(_stem(run))
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return [t for t in found if t not in COMMON and t not in WORDS]


def tsvector_text(title: Iterable[str], body: Iterable[str]) -> str:
    """Return the text form of a PostgreSQL `tsvector`: title terms weigh A, body terms D; positions run on.

    Source: PostgreSQL, "Text Search Types" (tsvector with weights).
    """
    places: dict[str, list[str]] = {}
    position = 0
    for weight, words in (("A", title), ("", body)):
        for word in words:
            position = min(position + 1, 16_383)  # the largest position a tsvector can hold
            marks = places.setdefault(word, [])
            if len(marks) < 256:  # and the most it keeps for one term
                marks.append(f"{position}{weight}")
    return " ".join(f"{_quoted(word)}:{','.join(marks)}" for word, marks in places.items())


def tsquery_text(words: Iterable[str]) -> str:
    """Return the text form of a `tsquery` that any of the terms satisfies.

    Source: PostgreSQL, "Text Search Types" (tsquery).
    """
    return " | ".join(_quoted(word) for word in dict.fromkeys(words))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _stem(word: str) -> str:
    """English plurals and singulars meet; nothing cleverer."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
