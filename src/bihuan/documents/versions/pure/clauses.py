"""A text becomes clauses: articles (第十二条之一), else numbered paragraphs (一、 （二） 3. 4.1), each with its span.

Spans are characters of the normalised text, which the hash is taken of: so a span and a hash say exactly which words.
Headings of parts and chapters are no clauses; they name where one stands. Linear in the length of the text.
Source: GB/T 9704-2012 (numbering of official documents); 立法法 (2023) 第六十五条 (编、章、节、条、款、项、目).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

HAN = "零〇一二三四五六七八九十百千两"
_DIGITS = {char: value for value, chars in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
           for char in chars}  # fmt: skip
_TENS = {"十": 10, "百": 100, "千": 1000}
_PART = re.compile(rf"[ 　]*第([{HAN}0-9]+)([编章节])(?=[ 　]|$)")
_ARTICLE = re.compile(rf"[ 　]*第([{HAN}0-9]+)条(?:之([{HAN}0-9]+))?(?=[ 　:：]|$)")
_LOOSE = re.compile(rf"[ 　]*第([{HAN}0-9]+)条(?:之([{HAN}0-9]+))?")
_LEVELS = (
    re.compile(rf"[ 　]*([{HAN}]+)、"),
    re.compile(rf"[ 　]*[（(]([{HAN}]+)[）)]"),
    re.compile(r"[ 　]*([0-9]{1,3}(?:\.[0-9]{1,3}){0,4})(?:[.．、][ 　]?|[ 　])(?=[^0-9])"),
    re.compile(r"[ 　]*[（(]([0-9]{1,3})[）)]"),
)  # fmt: skip
PREAMBLE = "0"
"""Number of what stands before the first clause."""


class Clause(NamedTuple):
    """One clause.

    Args:
        number: `12`, `12-1` (之一), a path such as `3/2` of numbered paragraphs, or the heading that the words follow;
            one number names one clause.
        start, end: Its span in the normalised text, the end not included.
        sha256: Of its words without the numbering and the white space around them.
        under: Headings it stands under, such as `1编/2章`.
    """

    number: str
    start: int
    end: int
    sha256: str
    under: str = ""


def normal_text(text: str) -> str:
    """Return a text as it is hashed: NFC, one kind of line end, no white space at the ends of lines or of the whole.

    Source: Unicode Standard Annex 15 (NFC).
    """
    lines = unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in lines.split("\n")).strip("\n")


def hash_of_text(text: str) -> str:
    """Return the SHA-256 of a normalised text, in hex. Source: FIPS 180-4."""
    return hashlib.sha256(text.encode()).hexdigest()


def number_of(written: str) -> int:
    """Return the number that Chinese or Arabic digits write: 十二, 一百零三, 12.

    Raises:
        ValueError: it writes none.
    """
    if written.isascii():
        return int(written)
    total, current = 0, 0
    for char in written:
        if char in _TENS:
            total += (current or 1) * _TENS[char]
            current = 0
        elif char in _DIGITS:
            current = _DIGITS[char]
        else:
            raise ValueError(written)
    return total + current


def clauses_of(text: str) -> list[Clause]:
    """Return the clauses of a normalised text in their order; every character but headings lies in exactly one.

    Source: 立法法 (2023) 第六十五条; docs/topics/documents.md, "Clauses".
    """
    lines = list(_lines(text))
    articles = sum(1 for _, line in lines if _ARTICLE.match(line)) or sum(1 for _, line in lines if _LOOSE.match(line))
    marks = list(_articles(lines) if articles else _numbered(lines))
    found: list[Clause] = []
    first = next((start for start, *_ in marks), len(text))
    if text[:first].strip():
        found.append(Clause(PREAMBLE, 0, first, _words(text[:first]), ""))
    taken: dict[str, int] = {}
    for place, (start, number, body, under) in enumerate(marks):
        end = marks[place + 1][0] if place + 1 < len(marks) else len(text)
        if not number:  # a heading is no clause; words between it and the next one are, under its own name
            start = min(text.find("\n", start) + 1 or end, end)
            if not text[start:end].strip():
                continue
            number, body = under, start
        taken[number] = taken.get(number, 0) + 1
        name = number if taken[number] == 1 else f"{number}#{taken[number]}"
        found.append(Clause(name, start, end, _words(text[body:end]), under))
    return found


type _Mark = tuple[int, str, int, str]
"""Where a clause or heading begins, its number (empty: a heading), where its words begin, the headings it is under."""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _articles(lines: list[tuple[int, str]]) -> Iterator[_Mark]:
    strict = any(_ARTICLE.match(line) for _, line in lines)
    under: dict[str, str] = {}
    for start, line in lines:
        part = _PART.match(line)
        if part is not None:
            level = "编章节".index(part[2])
            under = {kind: name for kind, name in under.items() if "编章节".index(kind) < level}
            under[part[2]] = f"{number_of(part[1])}{part[2]}"
            yield start, "", start, "/".join(under.values())
            continue
        article = (_ARTICLE if strict else _LOOSE).match(line)
        if article is not None:
            number = str(number_of(article[1])) + (f"-{number_of(article[2])}" if article[2] else "")
            yield start, number, start + article.end(), "/".join(under.values())


def _numbered(lines: list[tuple[int, str]]) -> Iterator[_Mark]:
    path: list[tuple[int, str]] = []
    for start, line in lines:
        for level, pattern in enumerate(_LEVELS):
            mark = pattern.match(line)
            if mark is None:
                continue
            path = [each for each in path if each[0] < level]
            path.append((level, mark[1] if level == 2 else str(number_of(mark[1]))))
            yield start, "/".join(name for _, name in path), start + mark.end(), ""
            break


def _words(text: str) -> str:
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()
