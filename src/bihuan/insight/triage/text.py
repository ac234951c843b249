"""A report's text as characters and words; which script it is written in.

Words of texts in Chinese script come from rjieba (its default dictionary), words of others from letters and digits.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

Script = Literal["zh", "en"]

_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]")
_LATIN_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^a-z\d]", re.DOTALL)
HAN_SHARE = 0.2
"""From this share of Han among Han and Latin letters on, a text is read as Chinese (a Han letter says about a word)."""


def normalise(text: str) -> str:
    """NFKC, lower case, runs of white space as one blank: what every feature is made from."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().lower()


def script(text: str) -> Script:
    """`zh` when Han letters carry the text, else `en`; empty texts are `zh`."""
    latin = len(_LATIN.findall(text.lower()))
    if not latin:
        return "zh"
    han = len(_HAN.findall(text))
    return "zh" if han >= HAN_SHARE * (han + latin) else "en"


@cache
def _cutter() -> object:
    import rjieba

    return rjieba.cut


def words(text: str, kind: Script | None = None) -> list[str]:
    """The words of a normalised text in order; joined they are the text again (blanks and marks are words too).

    Args:
        text: Normalised.
        kind: Its script, where it is known already.
    """
    if (kind or script(text)) == "en":
        return _LATIN_TOKEN.findall(text)
    cut = _cutter()
    return list(cut(text))  # type: ignore[operator]  # rjieba has no types
