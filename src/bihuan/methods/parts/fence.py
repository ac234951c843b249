"""What no field of an installation may hold: policing intelligence, military facts, grades of secrecy.

Words and compounds, in Chinese and English, are the dated table `fence.words`; nothing is matched inside of a word. A
compound that is allowed (secret ballot, soldier's family, detention basin) is taken out before what is blocked is looked
for, so that what sounds alike stays free.
Source: docs/adr/0326-fence.md; 保守国家秘密法 (2024) 第十三条; 军事设施保护法 (2021); 个人信息保护法 (2021) 第二十八条.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

WORDS = Path(__file__).with_name("fence.yaml")
REASONS = ("policing", "military", "secret")
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CHINESE = re.compile(r"[㐀-䶿一-鿿]+")
_SPELLINGS = (("isation", "ization"), ("defence", "defense"), ("offence", "offense"), ("armoury", "armory"))
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


def blocked_reason(*texts: str) -> str:
    """Return why a field may not be held, by its name and its labels; "" when it may.

    Args:
        texts: Its name in code, its label in any language.

    Source: docs/adr/0326-fence.md.
    """
    words = fence_words()
    parts = [_cleared(text, words) for text in texts]
    explained = any(each.explained for each in parts)
    found = {_why(each, words, explained) for each in parts}
    return next((reason for reason in REASONS if reason in found), "")


def tokens_of(text: str) -> list[str]:
    """Return the English words of a text in the order in which they stand: lower case, singular, one spelling.

    Source: docs/adr/0326-fence.md.
    """
    return [_plain(token) for token in _TOKEN.findall(text)]


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
    table = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    blocked = {reason: tuple(_phrases(table["blocked"][reason]["en"])) for reason in REASONS}
    zh = {reason: tuple(table["blocked"][reason]["zh"].split()) for reason in REASONS}
    allowed = sorted(_phrases(table["allowed"]["en"]), key=len, reverse=True)
    longest = sorted(table["allowed"]["zh"].split(), key=len, reverse=True)
    return FenceWords(frozenset(map(_plain, table["ambiguous"].split())), tuple(allowed), tuple(longest), blocked, zh)


def _phrases(lines: Sequence[str]) -> Iterator[Phrase]:
    """`phone|call interception` is two words in a row, the first one of two."""
    for line in lines:
        yield tuple(frozenset(_plain(each) for each in word.split("|")) for word in line.split())
