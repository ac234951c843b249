"""What no field of an installation may hold: policing intelligence, military facts, grades of secrecy.

Words and compounds, in Chinese and English, are the dated table `fence.yaml`; nothing is matched inside of a word. An
allowed compound (secret ballot, soldier's family, detention basin) is taken out before what is blocked is looked for.
Source: docs/adr/0326-fence.md; 保守国家秘密法 (2024) 第十三条; 军事设施保护法 (2021); 个人信息保护法 (2021) 第二十八条.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.declare.problems import Problem
from bihuan.declare.source import Document, Step, read

WORDS = Path(__file__).with_name("fence.yaml")
REASONS = ("policing", "military", "secret")
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CHINESE = re.compile(r"[㐀-䶿一-鿿]+")
_SPELLINGS = (("isation", "ization"), ("defence", "defense"), ("offence", "offense"), ("armoury", "armory"))
LABELS = ("label", "name", "title", "quantity")
"""Under which words a declared part says what it is called, in both languages."""
RULE = "no field holds policing intelligence, military facts or grades of secrecy (docs/adr/0326-fence.md)"
REMEDY = "take it out; when something else is meant, give it a name that says so"
MOST_TEXTS = 4_000
"""How many texts of files a process remembers as looked through."""
type Phrase = tuple[frozenset[str], ...]


class FenceWords(NamedTuple):
    """Compounds that are allowed, and blocked ones by reason: phrases of English tokens, and Chinese words.

    Words that are ambiguous by themselves count only where no allowed compound stands beside them, in name or label.
    """

    ambiguous: frozenset[str]
    allowed: tuple[Phrase, ...]
    allowed_zh: tuple[str, ...]
    blocked: dict[str, tuple[Phrase, ...]]
    blocked_zh: dict[str, tuple[str, ...]]


@lru_cache(maxsize=20_000)
def blocked_reason(*texts: str) -> str:
    """Return why a field may not be held, by its name and its labels; "" when it may.

    Args:
        texts: Its name in code, its label in any language.

    Source: docs/adr/0326-fence.md.
    """
    words = fence_words()
    if not any(map(_touches, texts)):
        return ""
    parts = [_cleared(text, words) for text in texts]
    explained = any(each.explained for each in parts)
    found = {_why(each, words, explained) for each in parts}
    return next((reason for reason in REASONS if reason in found), "")


def tokens_of(text: str) -> list[str]:
    """Return the English words of a text in the order in which they stand: lower case, singular, one spelling.

    Source: docs/adr/0326-fence.md.
    """
    return [_plain(token) for token in _TOKEN.findall(text)]


def fence_problems(document: Document) -> list[Problem]:
    """Return the fields of a declared file that may not be held, each with line and remedy.

    A field is whatever has a name in both languages: of a subject, a form, a case, a series, a view; the file itself.
    Source: docs/adr/0326-fence.md.
    """
    if document.text in _clean:
        return []
    found = [
        document.problem(steps, f"{name!r} ({zh} · {en}) may not be held here: {reason}", RULE, REMEDY)
        for steps, name, zh, en in _labelled(document.value, ())
        if (reason := blocked_reason(name, zh, en))
    ]
    if not found:
        if len(_clean) >= MOST_TEXTS:
            _clean.clear()
        _clean.add(document.text)
    return found


_clean: set[str] = set()
"""Texts of files that hold nothing of it: the words are the same as long as a process runs."""


def _labelled(value: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str, str, str]]:
    """Every part of a file that has a name in both languages: where it stands, its code, the two names."""
    if isinstance(value, dict):
        for label in (value.get(word) for word in LABELS):
            if isinstance(label, dict) and {"zh", "en"} <= label.keys():
                code = value.get("id") or (steps[-1] if steps else "")
                yield steps, str(code), str(label["zh"]), str(label["en"])
        for key, inner in value.items():
            yield from _labelled(inner, (*steps, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _labelled(inner, (*steps, number))


class _Cleared(NamedTuple):
    """A text without its allowed compounds, and whether it had one."""

    tokens: list[str]
    chinese: str
    explained: bool


def _cleared(text: str, words: FenceWords) -> _Cleared:
    tokens = whole = tokens_of(text)
    for phrase in words.allowed:
        tokens = _without(tokens, phrase)
    chinese = all_ = "\0".join(_CHINESE.findall(text))
    for word in words.allowed_zh:
        chinese = chinese.replace(word, "\0")
    return _Cleared(tokens, chinese, (tokens, chinese) != (whole, all_))


def _touches(text: str) -> bool:
    """Whether a text holds any word that a blocked one begins with; nearly none does."""
    heads, chinese = _heads()
    if text.isascii():
        return any(_plain(token) in heads for token in _TOKEN.findall(text))
    return any(word in text for word in chinese) or any(_plain(token) in heads for token in _TOKEN.findall(text))


@cache
def _heads() -> tuple[frozenset[str], tuple[str, ...]]:
    """The first words of blocked phrases, and the blocked words in Chinese."""
    words = fence_words()
    heads = frozenset(each for phrases in words.blocked.values() for phrase in phrases for each in phrase[0])
    return heads, tuple(word for each in words.blocked_zh.values() for word in each)


def _why(text: _Cleared, words: FenceWords, explained: bool) -> str:
    tokens = [token for token in text.tokens if not (explained and token in words.ambiguous)]
    for reason in REASONS:
        if any(_at(tokens, phrase) is not None for phrase in words.blocked[reason]):
            return reason
        if any(word in text.chinese for word in words.blocked_zh[reason]):
            return reason
    return ""


def _without(tokens: list[str], phrase: Phrase) -> list[str]:
    while (at := _at(tokens, phrase)) is not None:
        tokens = [*tokens[:at], "", *tokens[at + len(phrase) :]]
    return tokens


def _at(tokens: Sequence[str], phrase: Phrase) -> int | None:
    last = len(tokens) - len(phrase)
    places = range(last + 1)
    return next((n for n in places if all(tokens[n + k] in each for k, each in enumerate(phrase))), None)


@cache
def _plain(token: str) -> str:
    word = token.lower()
    for old, new in _SPELLINGS:
        word = word.replace(old, new)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@cache
def fence_words() -> FenceWords:
    """Return the table of words. Source: docs/adr/0326-fence.md."""
    table = read(WORDS)
    blocked = {reason: tuple(_phrases(table["blocked"][reason]["en"])) for reason in REASONS}
    zh = {reason: tuple(table["blocked"][reason]["zh"].split()) for reason in REASONS}
    allowed = sorted(_phrases(table["allowed"]["en"]), key=len, reverse=True)
    longest = sorted(table["allowed"]["zh"].split(), key=len, reverse=True)
    return FenceWords(frozenset(map(_plain, table["ambiguous"].split())), tuple(allowed), tuple(longest), blocked, zh)


def _phrases(lines: Sequence[str]) -> Iterator[Phrase]:
    """`phone|call interception` is two words in a row, the first one of two."""
    for line in lines:
        yield tuple(frozenset(_plain(each) for each in word.split("|")) for word in line.split())
