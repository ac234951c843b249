"""What an address string says, without knowing the town: whole address, streets, house number, locality.

Two scripts of writing are read: "23-25 Union Ave, Roxbury" and "INTERSECTION of A St & B St  Roxbury" on one side,
"中山路12号" and "中山路与解放路路口" on the other. What is not understood still counts as a whole string.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_PARTS = re.compile(r"\s{2,}|[,;，；\n]\s*")
_CROSSING = re.compile(r"^(?:the\s+)?(?:intersection|corner|junction)\s+(?:of\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s*(?:&|/|\band\b|与|和|交叉|交汇)\s*", re.IGNORECASE)
_HOUSE = re.compile(r"^(\d{1,6})[a-z]?(?:\s*[-–]\s*\d{1,6}[a-z]?)?\s+(?=\S)", re.IGNORECASE)
_HAN_STREET = re.compile(r"([一-鿿]{1,8}?(?:大道|大街|胡同|公路|路|街|巷|弄))(?:(\d{1,5})(?:号|弄))?")
NO_HOUSE = -1


class Address(NamedTuple):
    """An address, taken apart.

    Args:
        whole: Normalised first part (house and street), '' when there is none.
        streets: Up to two street names without house numbers, sorted.
        house: First house number, or -1.
        locality: The part after the first ('' when none): tells streets of the same name apart.
    """

    whole: str
    streets: tuple[str, ...]
    house: int
    locality: str


NOWHERE = Address("", (), NO_HOUSE, "")


@lru_cache(maxsize=1 << 16)
def parse_address(text: str) -> Address:
    """Take one address string apart.

    >>> parse("23-25 Union Ave  Jamaica Plain  MA  02130")
    Address(whole='23-25 union ave', streets=('union ave',), house=23, locality='jamaica plain')
    >>> parse("中山路12号3单元").streets, parse("中山路12号3单元").house
    (('中山路',), 12)

    Source: docs/topics/duplicates.md, "How" (1, 2); widths and forms are folded by Unicode Standard Annex #15, NFKC.
    """
    parts = [p for p in _PARTS.split(unicodedata.normalize("NFKC", text).strip().lower()) if p]
    if not parts:
        return NOWHERE
    first = _CROSSING.sub("", parts[0])
    found = _HAN_STREET.findall(first)
    if found:
        streets = tuple(sorted({name for name, _ in found})[:2])
        house = next((int(number) for _, number in found if number), NO_HOUSE)
    else:
        number = _HOUSE.match(first)
        house = int(number[1]) if number else NO_HOUSE
        named = (_HOUSE.sub("", side).strip() for side in _AND.split(first))
        streets = tuple(sorted({name for name in named if name})[:2])
    return Address(" & ".join(streets) if len(streets) > 1 else first, streets, house, parts[1] if parts[1:] else "")
