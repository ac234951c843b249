"""What a title names and what it says about it: names by elimination, matter by what is left.

A name (estate, road, school, firm, product) is what remains when the domain's common words, verbs and function words
are taken away. Unknown names are exactly what no dictionary holds, so elimination finds them where a list cannot.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from bihuan.insight.topics.words import BARRIERS, COMMON, SUFFIXES

MASK = re.compile(r"[A-Z]\d{0,3}(?:市|区|县|州)")
"""Masked place codes (A3区): written over many different real places, they carry no meaning."""
QUOTED = re.compile(r"[“\"《「『]([^”\"》」』]{2,12})[”\"》」』]")
NUMERALS = dict(zip("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十", strict=True))
NUMERAL = re.compile(f"[{''.join(NUMERALS)}]")
NTH_SCHOOL = re.compile(r"第([一二三四五六七八九十]{1,3})(中|小)学")
"""第二中学 and 二中 are one school."""
EMPTY_TAIL = re.compile(r"(?:小区|社区|街道|有限公司|公司)$")
LINKS = frozenset("之和到")
"""Barriers that stand inside a name as well (魅力之城): kept when a name has begun."""
BREAKING = re.compile(r"v[ndi]?|d|a[dn]?|p|c|u[jldgzv]?|[ryeotfwqilzb]|zg")
"""Part-of-speech tags (ICTCLAS letters, as jieba gives them) of words of two characters or more that end a name."""


class TitleParts(NamedTuple):
    """A title taken apart.

    Attributes:
        names: Names in order, without their empty tail (…小区).
        matter: The other words of two characters or more.
    """

    names: tuple[str, ...]
    matter: tuple[str, ...]


def plain_title(text: str) -> str:
    """One spelling per character (NFKC), masked place codes taken out, schools by number short, white space single.

    Source: Unicode Standard Annex #15 (NFKC); docs/topics/topics.md, "How a topic is found" (1).
    """
    clean = NUMERAL.sub(lambda found: NUMERALS[found[0]], unicodedata.normalize("NFKC", text))
    clean = MASK.sub(" ", clean)
    return " ".join(NTH_SCHOOL.sub(r"\1\2", clean).split())


def take_apart(title: str) -> TitleParts:
    """Split a title into names and matter.

    Args:
        title: As `plain_title` returns it.

    Source: docs/topics/topics.md, "How a topic is found" (1); docs/adr/0104 (names by elimination).
    """
    import rjieba

    names: list[str] = []
    matter: list[str] = []
    current = ""
    for word, tag in rjieba.tag(title):
        kind = _kind(word, tag, bool(current))
        if kind == "name":
            current += word
            continue
        if len(current) > 1:
            names.append(current)
        current = ""
        if kind == "matter" and len(word) > 1:
            matter.append(word)
    if len(current) > 1:
        names.append(current)
    names += QUOTED.findall(title)
    return TitleParts(tuple(EMPTY_TAIL.sub("", name) or name for name in names), tuple(matter))


def _kind(word: str, tag: str, open_name: bool) -> str:
    """'name', 'matter' or 'gap': what a word is, given whether a name stands before it."""
    if not word[0].isalnum():
        return "gap"
    if open_name and word in SUFFIXES:
        return "name"
    if word in BARRIERS and not (open_name and word in LINKS):
        return "gap"
    common = word in COMMON or (len(word) > 1 and BREAKING.fullmatch(tag) is not None)
    numeral = tag == "m" and not open_name and not word.isascii()
    return "matter" if common or numeral else "name"
