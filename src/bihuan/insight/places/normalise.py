"""One form for the many ways of typing a character, without losing where it stood.

Compatibility forms (full-width letters and digits, circled numbers, old forms of hanzi) are folded by Unicode NFKC
(Unicode Standard Annex #15). Nearly all of them fold to one character, so offsets stay; the few that grow or vanish
go through a map from folded offset to original offset.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

LAST_PLANE_0 = 0x10000
SURROGATES = range(0xD800, 0xE000)


@cache
def _tables() -> tuple[dict[int, str], re.Pattern[str]]:
    """One-to-one folds, and a pattern of the characters that do not fold to exactly one."""
    single: dict[int, str] = {}
    other: list[str] = []
    for code in range(LAST_PLANE_0):
        if code in SURROGATES:
            continue
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char)
        if len(folded) == 1:
            if folded != char:
                single[code] = folded
        elif folded != char:
            other.append(char)
    return single, re.compile("[" + re.escape("".join(other)) + "]")


def fold_text(text: str) -> tuple[str, list[int] | None]:
    """The text with compatibility characters folded.

    Returns:
        The folded text, and for each of its offsets (and its end) the offset in `text`; None where both are the same.

    Source: Unicode Standard Annex #15 (NFKC).
    """
    single, other = _tables()
    if not other.search(text):
        return text.translate(single), None
    parts: list[str] = []
    offsets: list[int] = []
    for at, char in enumerate(text):
        folded = unicodedata.normalize("NFKC", char)
        parts.append(folded)
        offsets += [at] * len(folded)
    offsets.append(len(text))
    return "".join(parts), offsets


def fold_all(texts: list[str]) -> list[tuple[str, list[int] | None]]:
    """`fold_text` of each text; in one call where no text holds a character that grows or a line break."""
    single, other = _tables()
    joined = "\n".join(texts)
    if other.search(joined) or joined.count("\n") != max(len(texts) - 1, 0):
        return [fold_text(text) for text in texts]
    return [(text, None) for text in _translated(joined, single).split("\n")] if texts else []


@cache
def _codes() -> NDArray[np.uint32]:
    codes = np.arange(LAST_PLANE_0, dtype=np.uint32)
    for code, char in _tables()[0].items():
        codes[code] = ord(char)
    return codes


def _translated(text: str, single: dict[int, str]) -> str:
    """`text.translate(single)`, by one look-up per character in NumPy where no rare character stands in the way."""
    try:
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    except UnicodeEncodeError:  # half of a surrogate pair
        return text.translate(single)
    if len(codes) and codes.max() >= LAST_PLANE_0:
        return text.translate(single)
    return _codes()[codes].tobytes().decode("utf-32-le")


def unfold_span(span: tuple[int, int], offsets: list[int] | None) -> tuple[int, int]:
    """A span of the folded text as a span of the original; a character that grew is never cut.

    Source: docs/topics/places.md, "How it decides" (1).
    """
    start, end = span
    if offsets is None:
        return start, end
    return offsets[start], offsets[end - 1] + 1 if end > start else offsets[start]
