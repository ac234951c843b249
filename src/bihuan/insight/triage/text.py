"""A report's text as characters and words; which script it is written in.

Words of texts in Chinese script come from rjieba (its default dictionary), words of others from letters and digits.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Script = Literal["zh", "en"]

_SPACE = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]")
_LATIN_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^a-z\d]", re.DOTALL)
HAN_SHARE = 0.2
"""From this share of Han among Han and Latin letters on, a text is read as Chinese (a Han letter says about a word)."""


_PLAIN = re.compile(r"[ -~\s\u4e00-\u9fff\u3001\u3002\u3008-\u3011\uff01-\uff5e\u2014\u2018-\u201d\u3000\u2026]*")
"""Letters that NFKC changes one by one, if at all: none of them joins with its neighbours."""
_NARROW = {wide: unicodedata.normalize("NFKC", wide) for wide in map(chr, (*range(0xFF01, 0xFF5F), 0x3000, 0x2026))}
_WIDE = re.compile(f"[{''.join(_NARROW)}]")


def normalise(text: str) -> str:
    """NFKC, lower case, runs of white space as one blank: what every feature is made from.

    Source: Unicode Standard Annex #15 (NFKC).
    """
    if _PLAIN.fullmatch(text):
        for wide in sorted(set(_WIDE.findall(text))):  # a few distinct marks: much faster than `str.translate`
            text = text.replace(wide, _NARROW[wide])
    else:
        text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub(" ", text).strip().lower()


def scripts(flat: NDArray[np.uint32], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of many normalised texts are in Latin script, by the rule of `script`.

    Args:
        flat: Code points of all texts behind one another.
        begin: First position per text; no text is without a position.
    """
    if not len(begin):
        return np.zeros(0, dtype=bool)
    latin = np.add.reduceat((flat >= ord("a")) & (flat <= ord("z")), begin, dtype=np.int64)
    chinese = ((flat >= 0x3400) & (flat <= 0x4DBF)) | ((flat >= 0x4E00) & (flat <= 0x9FFF))
    han = np.add.reduceat(chinese, begin, dtype=np.int64)
    return np.asarray((latin > 0) & (han < HAN_SHARE * (han + latin)))


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
